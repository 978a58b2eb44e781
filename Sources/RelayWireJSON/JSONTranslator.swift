import RelayWire

/// Turns a seated client's text messages into `tickrelay.v1`, so that a room knows one form of input. Keeps its memory.
package struct JSONTranslator: ~Copyable {
    private var json = JSONText()
    private var writer = WireWriter(capacity: 256)
    /// Whether what has to be an integer may be written `2.0`, as programs do that know one kind of number.
    private let takesWholeFloats: Bool

    package init(takesWholeFloats: Bool = false) { self.takesWholeFloats = takesWholeFloats }

    /// The message in binary form. Valid until the next translation.
    package var message: UnsafeRawBufferPointer { self.writer.payload }

    /// Translates one message.
    ///
    /// - Parameters:
    ///   - seat: The sender's.
    ///   - newest: The newest uplink number used on this seat. An uplink that brings none gets the next one.
    package mutating func translate(
        _ bytes: Span<UInt8>, from seat: SeatNumber, newest: inout UInt64
    ) throws(JSONError) {
        try self.json.read(bytes)
        self.writer.removeAll()
        let members = try JSONMembers(self.json, at: 0, isWhole: true, bytes)
        let ack = try self.ack(members, bytes)
        switch members.verb {
        case (.leave, let place)?:
            try self.expectTrue(place, bytes)
            self.writer.leave()
        case (.resync, let place)?:
            try self.expectTrue(place, bytes)
            self.writer.resync(ack, .baseline)
        case (.hidden, let place)?:
            self.writer.visibility(ack, isHidden: try self.truth(place, bytes))
        case nil:
            guard members.acknowledged != nil, members.number == nil else { throw .badKey() }
            self.writer.ack(ack)
        case (.list, let place)?:
            guard self.json.tokens[place].kind == .array else { throw .badValue(JSONKey("do")) }
            try self.uplinkHead(ack, members, operations: self.json.tokens[place].count, &newest, bytes)
            var element = place + 1
            while element < self.json.tokens[place].next {
                try self.operation(try JSONMembers(self.json, at: element, isWhole: false, bytes), seat, bytes)
                element = self.json.tokens[element].next
            }
        case (.set, _)?, (.remove, _)?, (.send, _)?, (.kick, _)?, (.ban, _)?, (.host, _)?, (.password, _)?, (.invite, _)?:
            try self.uplinkHead(ack, members, operations: 1, &newest, bytes)
            try self.operation(members, seat, bytes)
        }
    }

    /// Translates an act of a host by itself: one operation, without the head of an uplink.
    package mutating func translate(act bytes: Span<UInt8>) throws(JSONError) {
        try self.json.read(bytes)
        self.writer.removeAll()
        guard self.json.tokens[0].kind == .object else { throw .outOfPlace }
        let members = try JSONMembers(self.json, at: 0, isWhole: false, bytes)
        switch members.verb {
        case (.kick, _)?, (.ban, _)?, (.host, _)?, (.password, _)?, (.invite, _)?: try self.operation(members, .room, bytes)
        case (let verb, _)?: throw .badKey(JSONKey(verb.rawValue))
        case nil: throw .outOfPlace
        }
    }

    private func expectTrue(_ place: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        guard try self.truth(place, bytes) else { throw self.badValue(place, bytes) }
    }

    private func truth(_ place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        switch self.json.tokens[place].kind {
        case .true: true
        case .false: false
        default: throw self.badValue(place, bytes)
        }
    }

    /// The value at `place` is one that its key, which stands before it, does not take.
    private func badValue(_ place: Int, _ bytes: Span<UInt8>) -> JSONError {
        .badValue(JSONKey(bytes.extracting(self.json.tokens[place - 1].range)))
    }

    /// `ack` is a tick; `hold` says for how many milliseconds the client had the frame.
    private func ack(_ members: JSONMembers, _ bytes: Span<UInt8>) throws(JSONError) -> Ack {
        guard let place = members.acknowledged else { return Ack(tick: .none, delay: 0) }
        let tick = try self.integer(at: place, in: 1...WireLimits.safeInteger, bytes)
        return Ack(
            tick: Tick(rawValue: tick), delay: try members.hold.map { at throws(JSONError) in try self.delay(at, bytes) } ?? 0)
    }

    private func delay(_ place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> UInt64 {
        try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            let delay = try self.json.number(self.json.tokens[place], bytes) * 1000
            guard (0...1e15).contains(delay) else { throw .badValue() }
            return UInt64(delay)
        }
    }

    private mutating func uplinkHead(
        _ ack: Ack, _ members: JSONMembers, operations: Int, _ newest: inout UInt64, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        var number = min(newest, WireLimits.safeInteger - 1) + 1
        if let place = members.number {
            number = try self.json.naming(place - 1, bytes) { () throws(JSONError) in
                try self.json.integer(self.json.tokens[place], in: 1...WireLimits.safeInteger, bytes)
            }
        }
        newest = max(newest, number)
        self.writer.uplinkHead(UplinkHead(ack: ack, number: number, operationCount: operations))
    }

    // MARK: Operations

    private mutating func operation(
        _ members: JSONMembers, _ seat: SeatNumber, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        switch members.verb {
        case (.set, let place)?: try self.set(place, members, seat, bytes)
        case (.remove, let place)?: self.writer.remove(try self.entity(at: place, seat, bytes))
        case (.send, let place)?: try self.event(place, to: members.audience, bytes)
        case (.kick, let place)?: try self.act(.kick, place, in: 1...2047, joined: members.joined, bytes)
        case (.ban, let place)?: try self.act(.ban, place, in: 1...2047, joined: members.joined, bytes)
        case (.host, let place)?: try self.act(.host, place, in: 1...1023, joined: members.joined, bytes)
        case (.password, let place)?: self.writer.password(try self.password(at: place, bytes))
        case (.invite, let place)?: try self.invite(place, members, bytes)
        case (.list, _)?, (.leave, _)?, (.resync, _)?, (.hidden, _)?, nil: throw .badKey()
        }
    }

    private mutating func set(
        _ place: Int, _ members: JSONMembers, _ seat: SeatNumber, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        guard self.json.tokens[place].kind == .object else { throw self.badValue(place, bytes) }
        let entity = try members.entity.map { at throws(JSONError) in try self.entity(at: at, seat, bytes) } ?? Self.own(0, seat)
        if let condition = members.condition { return try self.compareAndSet(entity, condition, place, bytes) }
        self.writer.set(entity, fieldCount: self.json.tokens[place].count)
        var key = place + 1
        while key < self.json.tokens[place].next {
            let name = try self.json.naming(key, bytes) { () throws(JSONError) in
                try self.json.name(self.json.tokens[key], bytes)
            }
            let value = try self.json.naming(key, bytes) { () throws(JSONError) in try self.json.value(at: key + 1, bytes) }
            self.writer.field(.inline(name), StoredValue(value))
            key = self.json.tokens[key + 1].next
        }
    }

    /// `if` and `set` name the same field, and no other.
    private mutating func compareAndSet(
        _ entity: EntityID, _ condition: Int, _ place: Int, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        let (expected, new) = (self.json.tokens[condition], self.json.tokens[place])
        guard expected.kind == .object, expected.count == 1, new.count == 1 else {
            throw self.badValue(condition, bytes)
        }
        let name = try self.json.name(self.json.tokens[place + 1], bytes)
        guard try self.json.name(self.json.tokens[condition + 1], bytes) == name else {
            throw self.badValue(condition, bytes)
        }
        self.writer.compareAndSet(
            entity, .inline(name), expected: StoredValue(try self.json.value(at: condition + 2, bytes)),
            new: StoredValue(try self.json.value(at: place + 2, bytes)), numbersByValue: true)
    }

    /// `["name"]` or `["name", value]`, to `all` unless `to` says otherwise.
    private mutating func event(_ place: Int, to audience: Int?, _ bytes: Span<UInt8>) throws(JSONError) {
        let event = self.json.tokens[place]
        guard event.kind == .array, (1...2).contains(event.count) else { throw self.badValue(place, bytes) }
        let (name, value) = try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            let value = event.count == 2 ? try self.json.value(at: place + 2, bytes) : .null
            return (OutgoingName.inline(try self.json.name(self.json.tokens[place + 1], bytes)), StoredValue(value))
        }
        guard let audience else { return self.writer.event(name, .all, value) }
        if self.json.tokens[audience].kind == .array {
            self.writer.event(name, .seats, seats: try self.seats(audience, bytes), value)
        } else {
            self.writer.event(name, try self.audience(audience, bytes), value)
        }
    }

    private func seats(_ audience: Int, _ bytes: Span<UInt8>) throws(JSONError) -> [SeatNumber] {
        var seats: [SeatNumber] = []
        try self.json.naming(audience - 1, bytes) { () throws(JSONError) in
            try self.json.forEachElement(of: audience) { place throws(JSONError) in
                let number = try self.json.integer(self.json.tokens[place], in: 1...2047, bytes)
                seats.append(SeatNumber(rawValue: UInt16(number)))
            }
            guard !seats.isEmpty else { throw .badValue() }
        }
        return seats
    }

    private func audience(_ place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> Audience {
        try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            switch try self.json.string(self.json.tokens[place], bytes) {
            case "all": .all
            case "others": .others
            case "host": .host
            default: throw .badValue()
            }
        }
    }

    // MARK: Acts of a host

    private mutating func act(
        _ code: Operation.Code, _ place: Int, in seats: ClosedRange<UInt64>, joined: Int?, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        let seat = SeatNumber(rawValue: UInt16(try self.integer(at: place, in: seats, bytes)))
        let tick = try joined.map { at throws(JSONError) in try self.integer(at: at, in: 0...WireLimits.safeInteger, bytes) }
        self.writer.act(code, on: ActTarget(seat, joined: Tick(rawValue: tick ?? 0)))
    }

    /// Empty for none, which is written as null.
    private func password(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> String {
        let isNone = self.json.tokens[place].kind == .null
        return isNone ? "" : try self.string(at: place, of: 0...WireLimits.passwordBytes.upperBound, bytes)
    }

    /// For how long it is good must be said, and may be 0.
    private mutating func invite(_ place: Int, _ members: JSONMembers, _ bytes: Span<UInt8>) throws(JSONError) {
        let invitation = try self.string(at: place, of: WireLimits.invitationBytes, bytes)
        guard let seconds = members.seconds else { throw .badValue(JSONKey("seconds")) }
        let held = try members.held.map { at throws(JSONError) in try self.role(at: at, bytes) }
        self.writer.invite(
            invitation, seconds: try self.integer(at: seconds, in: WireLimits.invitationSeconds, bytes), held: held)
    }

    private func role(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> Role {
        try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            try JSONOpening.role(try self.json.string(self.json.tokens[place], bytes))
        }
    }

    // MARK: Values

    /// The value at `place`, whose key stands before it and is named if it is refused.
    private func integer(at place: Int, in range: ClosedRange<UInt64>, _ bytes: Span<UInt8>) throws(JSONError) -> UInt64 {
        try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            guard self.takesWholeFloats else { return try self.json.integer(self.json.tokens[place], in: range, bytes) }
            let number = UInt64(exactly: try self.json.wholeNumber(self.json.tokens[place], bytes))
            guard let number, range.contains(number) else { throw .badValue() }
            return number
        }
    }

    /// The same for a text of so many bytes.
    private func string(at place: Int, of count: ClosedRange<Int>, _ bytes: Span<UInt8>) throws(JSONError) -> String {
        try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            try self.json.string(self.json.tokens[place], of: count, bytes)
        }
    }

    // MARK: Entities

    private static func own(_ number: UInt16, _ seat: SeatNumber) -> EntityID {
        // A spectator has no entities: whatever it names, it is told so.
        EntityID(seat.isSpectator ? .room : seat, number)
    }

    /// A number is an own entity; else `"room"`, `"room/7"`, `"3"` or `"3/7"`: whose it is, and its number.
    private func entity(at place: Int, _ seat: SeatNumber, _ bytes: Span<UInt8>) throws(JSONError) -> EntityID {
        let token = self.json.tokens[place]
        return try self.json.naming(place - 1, bytes) { () throws(JSONError) in
            if token.kind == .integer { return Self.own(UInt16(try self.json.integer(token, in: 0...65_535, bytes)), seat) }
            guard let entity = EntityID(jsonName: try self.json.string(token, bytes)) else { throw .badValue() }
            return entity
        }
    }
}
