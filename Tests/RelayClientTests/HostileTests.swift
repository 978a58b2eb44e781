import RelayClient
import RelayWire
import Testing

/// SplitMix64, so that a seed that failed stays one.
private struct Chance {
    var state: UInt64
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(self.next().multipliedFullWidth(by: UInt64(bound)).high) }
}

/// Valid messages of every kind, to be spoilt.
private func seeds(tick: UInt64) -> [[UInt8]] {
    var message = PrivateMessage(tick: Tick(rawValue: tick), lastUplink: 1)
    message.results = [OperationResult(uplink: 1, operation: 0, code: .notOwner)]
    message.events = [.init(head: event(2, tick: tick, .host), value: .string("secret"))]
    message.lostThrough = Tick(rawValue: 1)
    return [
        RelayClientTests.message { $0.welcome(.sample(tick: tick)) },
        RelayClientTests.message { $0.privateMessage(message) },
        snapshot(tick: tick, checksum: 7),
        frame(.delta, tick: tick, baseline: tick - 1, .entities) {
            difference(&$0, player1, [(0, 5), (1, -5)])
        },
        frame(.merged, tick: tick, baseline: tick - 1, [.entities, .events, .lost]) { writer in
            updates(&writer, 1) {
                $0.absoluteUpdate(player1, fieldCount: 1); $0.indexedField(x, StoredValue(.bytes([1, 2, 3])))
            }
            writer.varint(1)
            writer.event(event(9, tick: tick), at: Tick(rawValue: tick), after: 0, StoredValue(.float(1)))
            writer.varint(1)
        },
    ]
}

/// Changes a few bytes, cuts, or lengthens.
private func spoil(_ message: inout [UInt8], _ chance: inout Chance) {
    for _ in 0..<chance.below(4) where !message.isEmpty {
        let place = chance.below(message.count)
        switch chance.below(5) {
        case 0: message[place] = UInt8(truncatingIfNeeded: chance.next())
        case 1: message[place] ^= 1 << UInt8(chance.below(8))
        case 2: message.removeSubrange(place...)
        case 3: message.insert(0xFF, at: place)
        default: message.replaceSubrange(place..<place, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        }
    }
}

@Test("Nothing a relay sends can trap, and the session stays usable", arguments: UInt64(0)..<40)
func survivesHostileRelay(seed: UInt64) {
    var chance = Chance(state: seed)
    let bench = Bench(seed: seed)
    var tick: UInt64 = 10
    for _ in 0..<800 {
        tick += 1
        if !bench.isJoined {
            bench.advanceToDeadline()
            bench.open()
            if chance.below(4) > 0 { bench.receive { $0.welcome(.sample(tick: tick, resumed: chance.below(2) == 0)) } }
        }
        var message = seeds(tick: tick)[1 + chance.below(4)]
        if chance.below(16) == 0 { message = seeds(tick: tick)[0] }
        if chance.below(8) == 0 { message = (0..<chance.below(64)).map { _ in UInt8(truncatingIfNeeded: chance.next()) } }
        if chance.below(3) > 0 { spoil(&message, &chance) }
        bench.receive(message)
        bench.set(.own(0), "x", .integer(1))
        bench.send("s", .integer(2))
        bench.flush()
        bench.advance(by: UInt64(chance.below(100_000_000)))
        if chance.below(64) == 0 { bench.close(CloseCode.allCases[chance.below(CloseCode.allCases.count)]) }
        _ = bench.replica.checksum
    }
    _ = bench.joinAgain()
    #expect(bench.pendingOperations <= 4_096 + 256)
}

@Test("A heartbeat from an unknown roster, and ticks at the end of the range, are only numbers")
func survivesExtremes() {
    let bench = Bench()
    bench.join(
        .sample(
            tick: WireLimits.safeInteger - 5, lastUplink: WireLimits.safeInteger, rate: WireLimits.safeInteger,
            burst: WireLimits.safeInteger))
    bench.receive(snapshot(tick: WireLimits.safeInteger))
    bench.set(.own(0), "x", 1)
    bench.flush()
    bench.advance(by: 1_000_000_000)
    bench.close(nil)
    bench.reconnect()
    bench.receive { $0.welcome(.sample(tick: 1, lastUplink: WireLimits.safeInteger)) }
    bench.receive(frame(.snapshot, tick: 1))
    #expect(bench.isReplicaWhole)
}
