import RelayWire

/// Messages drawn from a seed, with what a decoder must make of them.
struct RandomMessages {
    /// SplitMix64 (Steele, Lea & Flood 2014).
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: UInt64) -> UInt64 { self.next().multipliedFullWidth(by: bound).high }
    /// True once in `bound`.
    mutating func chance(_ bound: UInt64) -> Bool { self.below(bound) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(self.below(UInt64(elements.count)))] }

    /// A number in the range, of a width that is drawn first: small ones are as likely as large ones.
    mutating func number(in range: ClosedRange<UInt64>) -> UInt64 {
        let wide = self.next() >> self.below(64)
        let size = range.upperBound - range.lowerBound
        return range.lowerBound + (size == .max ? wide : wide % (size + 1))
    }

    mutating func mutate(_ bytes: inout [UInt8]) {
        let position = Int(self.below(UInt64(bytes.count)))
        switch self.below(6) {
        case 0: bytes.remove(at: position)
        case 1: bytes.insert(UInt8(self.below(256)), at: position)
        case 2: bytes.removeSubrange(position...)
        case 3: bytes[position] ^= 1 << UInt8(self.below(8))
        case 4: bytes[position] = self.pick([0, 1, 0x7F, 0x80, 0xFF])
        default: bytes[position] = UInt8(self.below(256))
        }
    }

    // MARK: Parts

    mutating func string(_ lengths: ClosedRange<Int>) -> String {
        let length = lengths.lowerBound + Int(self.below(UInt64(lengths.count)))
        var result = ""
        while true {
            let scalar = self.pick(["a", "Z", "\u{0}", "é", "\u{7FF}", "€", "\u{FFFF}", "🛰"] as [Unicode.Scalar])
            guard result.utf8.count + scalar.utf8.count <= length else { break }
            result.unicodeScalars.append(scalar)
        }
        return result.utf8.count < lengths.lowerBound ? String(repeating: "x", count: length) : result
    }

    mutating func bytes(_ lengths: ClosedRange<Int>) -> [UInt8] {
        (0..<lengths.lowerBound + Int(self.below(UInt64(lengths.count)))).map { _ in UInt8(self.below(256)) }
    }

    mutating func value() -> Value {
        switch self.below(8) {
        case 0: return .null
        case 1: return .bool(self.chance(2))
        case 2: return .integer(Int64(bitPattern: self.number(in: 0...(.max))))
        case 3: return .integer(-1 - Int64(self.number(in: 0...UInt64(Int64.max))))
        case 4:
            let float = Double(bitPattern: self.next())
            return .float(float.isFinite && float != 0 ? float : 0)
        case 5: return .quantised(steps: Int64(bitPattern: self.number(in: 0...(.max))))
        case 6: return .string(self.string(0...30))
        default: return .bytes(self.bytes(0...30))
        }
    }

    mutating func tick() -> Tick { Tick(rawValue: self.number(in: 1...safe)) }
    mutating func entity() -> EntityID { EntityID(rawValue: UInt32(self.number(in: 0...UInt64(EntityID.maximum.rawValue)))) }
    mutating func seat(_ range: ClosedRange<UInt64>) -> SeatNumber { SeatNumber(rawValue: UInt16(self.number(in: range))) }
    mutating func nameIndex() -> NameIndex { NameIndex(rawValue: UInt16(self.number(in: 0...1023))) }
    mutating func ack() -> Ack {
        self.chance(4) ? Ack(tick: .none, delay: 0) : Ack(tick: self.tick(), delay: self.number(in: 0...(.max)))
    }

    // MARK: Client messages

    /// Any message but an uplink.
    mutating func client() -> (bytes: [UInt8], message: ClientMessage) {
        switch self.below(6) {
        case 0:
            let hello = self.hello()
            return (wire { $0.hello(hello) }, .hello(hello))
        case 1:
            let rejoin = Rejoin(
                room: self.string(1...64), token: self.bytes(1...128), epoch: self.number(in: 0...(.max)),
                tick: self.chance(3) ? .none : self.tick(), confirmed: self.number(in: 0...safe)
            )
            return (wire { $0.rejoin(rejoin) }, .rejoin(rejoin))
        case 2:
            let ack = self.ack()
            return (wire { $0.ack(ack) }, .ack(ack))
        case 3:
            let (ack, reason) = (self.ack(), self.pick(ResyncReason.allCases))
            return (wire { $0.resync(ack, reason) }, .resync(ack, reason))
        case 4:
            let (ack, isHidden) = (self.ack(), self.chance(2))
            return (wire { $0.visibility(ack, isHidden: isHidden) }, .visibility(ack, isHidden: isHidden))
        default: return (wire { $0.leave() }, .leave)
        }
    }

    mutating func uplink() -> (bytes: [UInt8], description: JSON) {
        let (ack, number, count) = (self.ack(), self.number(in: 1...safe), Int(self.below(6)))
        var operations: [JSON] = []
        let bytes = wire {
            $0.uplinkHead(UplinkHead(ack: ack, number: number, operationCount: count))
            for _ in 0..<count { operations.append(self.operation(&$0)) }
        }
        let acknowledgement: JSON = ["tick": .unsigned(ack.tick.rawValue), "delay": .unsigned(ack.delay)]
        return (
            bytes, ["kind": "uplink", "ack": acknowledgement, "number": .unsigned(number), "operations": .array(operations)]
        )
    }

    private mutating func name() -> (OutgoingName, JSON) {
        if self.chance(2) {
            let string = self.string(1...64)
            return (.inline(string), ["name": .string(string)])
        }
        let index = self.nameIndex()
        return (.index(index), ["index": .unsigned(UInt64(index.rawValue))])
    }

    private mutating func operation(_ writer: inout WireWriter) -> JSON {
        let entity = self.entity()
        let (name, nameJSON) = self.name()
        let value = self.value()
        let entityJSON = JSON.unsigned(UInt64(entity.rawValue))
        switch self.below(5) {
        case 0:
            let fields = (0..<self.below(4)).map { _ in (self.name(), self.value()) }
            writer.set(entity, fieldCount: fields.count)
            for (name, value) in fields { writer.field(name.0, stored(value)) }
            let list = fields.map { name, value -> JSON in [name.1, Describe.value(value)] }
            return ["op": "set", "entity": entityJSON, "fields": .array(list)]
        case 1:
            writer.remove(entity)
            return ["op": "remove", "entity": entityJSON]
        case 2:
            let audience = self.pick(Audience.allCases)
            let seats = (0...self.below(64)).map { _ in self.seat(1...2047) }
            writer.event(name, audience, seats: seats, stored(value))
            let json: JSON = ["op": "event", "name": nameJSON, "audience": .unsigned(UInt64(audience.rawValue))]
            let list = JSON.array(seats.map { .unsigned(UInt64($0.rawValue)) })
            return json.adding("seats", audience == .seats ? list : nil).adding("value", Describe.value(value))
        case 3: return self.act(&writer)
        default:
            let new = self.value()
            writer.compareAndSet(entity, name, expected: stored(value), new: stored(new))
            return [
                "op": "compareAndSet", "entity": entityJSON, "name": nameJSON, "expected": Describe.value(value),
                "new": Describe.value(new),
            ]
        }
    }
}
