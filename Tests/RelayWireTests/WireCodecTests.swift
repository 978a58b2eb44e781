import RelayWire
import Testing

/// What no table can list: random messages come back, random bytes never trap.
@Suite struct WireCodecTests {
    #if DEBUG
        static let messages = 1_000
        static let mutations = 25_000
    #else
        static let messages = 2_000
        static let mutations = 200_000
    #endif

    // MARK: Round trips

    @Test("Random client messages come back", arguments: UInt64(0)..<4)
    func clientMessages(seed: UInt64) throws {
        var random = RandomMessages(seed: seed)
        for _ in 0..<Self.messages {
            let (bytes, expected) = random.client()
            let message = try ClientMessage(decoding: bytes.span)
            #expect(message == expected)
            let (uplink, description) = random.uplink()
            let found = try Describe.client(uplink.span, names: WireLimits.names)
            #expect(found == description, "seed \(seed): \(hex(uplink))")
        }
    }

    @Test("Random server messages come back", arguments: UInt64(0)..<4)
    func serverMessages(seed: UInt64) throws {
        var random = RandomMessages(seed: seed)
        for _ in 0..<Self.messages {
            let welcome = random.welcome()
            var cursor = WireCursor(offset: 1)
            let welcomeBytes = wire { $0.welcome(welcome) }
            let foundWelcome = try cursor.welcome(welcomeBytes.span)
            #expect(foundWelcome == welcome)
            let message = random.privateMessage()
            cursor = WireCursor(offset: 1)
            let privateBytes = wire { $0.privateMessage(message) }
            let foundMessage = try cursor.privateMessage(privateBytes.span)
            #expect(foundMessage == message)
            let (bytes, rows, description) = random.frame()
            let found = try Describe.server(bytes.span, rosterRows: rows)
            #expect(found == description, "seed \(seed): \(hex(bytes))")
        }
    }

    @Test("Integers of every width come back, and take the bytes they should", arguments: 0..<64)
    func integers(bit: Int) throws {
        for value in [UInt64(1) << UInt64(bit), UInt64(1) << UInt64(bit) - 1, ~(UInt64(1) << UInt64(bit))] {
            let unsigned = wire { $0.varint(value) }
            #expect(unsigned.count == max(1, (64 - value.leadingZeroBitCount + 6) / 7))
            var cursor = WireCursor()
            let found = try cursor.varint(unsigned.span)
            #expect(found == value)
            let zigzag = wire { $0.svarint(Int64(bitPattern: value)) }
            cursor = WireCursor()
            let foundSigned = try cursor.svarint(zigzag.span)
            #expect(foundSigned == Int64(bitPattern: value))
        }
    }

    // MARK: Values kept

    @Test("A value assigned in place is the value made new", arguments: UInt64(0)..<4)
    func assigning(seed: UInt64) throws {
        var random = RandomMessages(seed: seed)
        var kept = StoredValue()
        for _ in 0..<Self.messages * 4 {
            let value = random.value()
            let bytes = wire { $0.value(stored(value)) }
            var cursor = WireCursor()
            let view = try cursor.value(bytes.span)
            let wasEqual = kept.equals(view, in: bytes.span)
            #expect(wasEqual == (kept == stored(value)))
            kept.assign(view, in: bytes.span)
            #expect(kept == stored(value))
            let made = StoredValue(view, in: bytes.span)
            #expect(kept == made)
            #expect(kept.value == value)
            let isEqual = kept.equals(view, in: bytes.span)
            #expect(isEqual)
            if kept.tag.isStepped {
                let difference = Int64(bitPattern: random.next())
                var sum = kept
                sum.add(difference)
                #expect(Int64(bitPattern: sum.bits) == Int64(bitPattern: kept.bits) &+ difference)
                sum.add(0 &- difference)
                #expect(sum == kept)
            }
        }
    }

    @Test("A float of −0 is kept as 0")
    func negativeZero() throws {
        #expect(stored(.float(-0.0)) == stored(.float(0)))
        var cursor = WireCursor()
        let bytes = bytes("04 0000000000000080")
        let view = try cursor.value(bytes.span)
        #expect(view.bits == 0)
        let isZero = stored(.float(0)).equals(view, in: bytes.span)
        #expect(isZero)
    }

    // MARK: Hostile bytes

    @Test("Garbage never traps", arguments: UInt64(0)..<2)
    func garbage(seed: UInt64) {
        var random = RandomMessages(seed: seed)
        let kinds: [UInt8] = [1, 2, 3, 4, 5, 6, 0x81, 0x82, 0x83]
        for _ in 0..<Self.mutations {
            var bytes = [random.pick(kinds)]
            // Mostly small bytes: those are counts, tags and tags of tags.
            for _ in 0..<random.below(40) { bytes.append(random.chance(3) ? UInt8(random.below(256)) : UInt8(random.below(9))) }
            Self.decodeEverything(bytes)
        }
    }

    @Test("Valid messages with a few bytes changed never trap", arguments: UInt64(0)..<2)
    func mutations(seed: UInt64) {
        var random = RandomMessages(seed: seed)
        let corpus = ClientVectors.all.map(\.bytes) + ServerVectors.all.map(\.bytes).filter { $0.count < 2_000 }
        for round in 0..<Self.mutations {
            var bytes = round % 4 == 0 ? random.frame().bytes : random.pick(corpus)
            for _ in 0...random.below(3) where !bytes.isEmpty { random.mutate(&bytes) }
            Self.decodeEverything(bytes)
        }
    }

    /// With every decoder, whatever the kind byte says.
    private static func decodeEverything(_ bytes: [UInt8]) {
        let span = bytes.span
        if let message = try? ClientMessage(decoding: span), case .uplink(let head, let offset) = message {
            _ = try? OperationList(span, from: offset, count: head.operationCount, names: 3)
        }
        var cursor = WireCursor(offset: min(1, bytes.count))
        let start = cursor
        _ = try? cursor.welcome(span)
        cursor = start
        _ = try? cursor.privateMessage(span)
        cursor = start
        var visitor = Counter()
        try? cursor.frame(span, into: &visitor)
        #expect(cursor.offset <= bytes.count && visitor.calls <= bytes.count * 8 + 8)
    }

    /// Counts calls: their number is bounded by the bytes, whatever the counts in them say.
    private struct Counter: FrameVisitor {
        var calls = 0
        mutating func header(_: FrameHeader) throws(WireError) -> Bool { true }
        mutating func name(_: Range<Int>, quantum: Double?, at: NameIndex, _: Span<UInt8>) throws(WireError) { self.calls += 1 }
        mutating func removed(_: EntityID) throws(WireError) { self.calls += 1 }
        mutating func replaced(_: EntityID, owner: SeatNumber, fieldCount: Int) throws(WireError) { self.calls += 1 }
        mutating func updated(_: EntityID) throws(WireError) { self.calls += 1 }
        mutating func field(_: NameIndex, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError) {
            self.calls += 1
            precondition(value.range.upperBound <= bytes.count)
        }
        mutating func difference(_: NameIndex, _: Int64) throws(WireError) { self.calls += 1 }
        mutating func host(_: SeatNumber) throws(WireError) { self.calls += 1 }
        mutating func row(_: RosterRow) throws(WireError) { self.calls += 1 }
        mutating func event(_ head: EventHead, _: ValueView, _: Span<UInt8>) throws(WireError) {
            self.calls += 1
            precondition((1...safe).contains(head.number))
        }
        mutating func lost(through: Tick) throws(WireError) { self.calls += 1 }
        mutating func heartbeat(checksum: UInt32, stride: UInt64) throws(WireError) -> Int { 3 }
        mutating func heartbeatRow(_: Int, rtt: UInt64?, lastUplink: UInt64) throws(WireError) { self.calls += 1 }
    }
}
