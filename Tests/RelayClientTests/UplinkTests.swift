import RelayClient
import RelayWire
import Testing

/// The bytes of an uplink after its acknowledgement, which a resend must not change.
private func body(_ message: [UInt8]) throws -> [UInt8] {
    guard case .uplink(let head, _) = try ClientMessage(decoding: message.span) else { return [] }
    var writer = WireWriter()
    writer.u8(ClientMessage.Kind.uplink.rawValue)
    writer.ackFields(head.ack)
    return Array(message[writer.count...])
}

private func head(_ message: [UInt8]) throws -> UplinkHead? {
    if case .uplink(let head, _) = try ClientMessage(decoding: message.span) { head } else { nil }
}

/// The operations of an uplink, and that they are well formed.
private func checked(_ message: [UInt8], names: Int) throws -> Int {
    guard case .uplink(let head, let offset) = try ClientMessage(decoding: message.span) else { return -1 }
    _ = try OperationList(message.span, from: offset, count: head.operationCount, names: names)
    return head.operationCount
}

@Test("A write is one uplink with the acknowledgement; known names go by index, quantised numbers in steps")
func writesUplink() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    _ = bench.takeSent()
    bench.now += 5_000_000
    bench.set(.own(0), "q", 1.25)
    bench.set(.own(0), "new", 2)
    bench.flush()
    let expected = message { writer in
        writer.uplinkHead(UplinkHead(ack: Ack(tick: Tick(rawValue: 10), delay: 5_000), number: 1, operationCount: 1))
        writer.set(player1, fieldCount: 2)
        writer.field(.index(q), StoredValue(.quantised(steps: 3)))
        writer.field(.inline("new"), StoredValue(.float(2)))
    }
    #expect(bench.takeSent() == [expected])
    bench.advanceToDeadline()
    #expect(bench.statistics.acksSent == 0)
}

@Test("A frame without an uplink is acknowledged bare within maximumAckDelay")
func acknowledgesBare() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    _ = bench.takeSent()
    let applied = bench.now
    bench.advanceToDeadline()
    #expect(bench.now - applied <= 250_000_000)
    let hold = (bench.now - applied) / 1_000
    #expect(
        try bench.takeSent().map { try decoded($0) } == [.ack(Ack(tick: Tick(rawValue: 10), delay: hold))])
}

@Test("While unconnected, writes merge into one uplink and events queue up to the bound")
func mergesWhileUnconnected() throws {
    var options = SessionOptions()
    options.pendingEvents = 3
    let bench = Bench(options: options)
    for step in 0..<1_000 {
        bench.set(.own(0), "x", .integer(Int64(step)))
        bench.set(.own(1), "x", .integer(Int64(step)))
        bench.flush()
    }
    bench.remove(.own(1))
    for number in 0..<5 {
        #expect(bench.send("e", .integer(Int64(number))) == (number < 3 ? .accepted : .refusedFull))
    }
    #expect(bench.statistics.writesRefused == 2)
    bench.join()
    _ = bench.takeSent()
    bench.flush()
    let expected = message { writer in
        writer.uplinkHead(UplinkHead(ack: Ack(tick: .none, delay: 0), number: 1, operationCount: 5))
        writer.set(player1, fieldCount: 1)
        writer.field(.inline("x"), StoredValue(.integer(999)))
        writer.remove(EntityID(SeatNumber(rawValue: 1), 1))
        for number in 0..<3 { writer.event(.inline("e"), .all, StoredValue(.integer(Int64(number)))) }
    }
    #expect(bench.takeSent() == [expected])
}

@Test("What does not fit one uplink goes into several, in order, each within the limits")
func splitsUplinks() throws {
    let bench = Bench()
    bench.joinWithSnapshot(.sample(uplinkBytes: 200))
    _ = bench.takeSent()
    for number in UInt16(0)..<130 { bench.set(.own(number), "x", .integer(1)) }
    for field in 0..<40 { bench.set(.own(200), "field\(field)", .string("0123456789")) }
    bench.send("long", .bytes(Array(repeating: 0, count: 300)))
    bench.flush()
    let sent = bench.takeSent()
    #expect(sent.allSatisfy { $0.count <= 200 })
    #expect(try sent.map { try checked($0, names: 3) }.reduce(0, +) == 130 + 40)
    #expect(try sent.compactMap { try head($0)?.number } == Array(1...UInt64(sent.count)))
    #expect(bench.takeEvents().contains(.writeTooLong(nil)))
    #expect(bench.pendingOperations == 0)
}

@Test("Uplinks wait for the relay's bucket, merging meanwhile")
func keepsToRate() throws {
    let bench = Bench()
    bench.joinWithSnapshot(.sample(rate: 10, burst: 20))
    _ = bench.takeSent()
    for step in 0..<100 {
        bench.set(.own(0), "x", .integer(Int64(step)))
        bench.flush()
    }
    let first = bench.takeSent().count
    #expect((1...10).contains(first))
    #expect(bench.pendingOperations == 1)
    bench.now += 100_000_000
    bench.flush()
    #expect(bench.takeSent().count == 1)
}

@Test("After a rejoin, uplinks are resent unchanged, in order, at half the rate, before new ones")
func resendsUnchanged() throws {
    let bench = Bench()
    bench.joinWithSnapshot(.sample(rate: 100))
    _ = bench.takeSent()
    for step in 1...5 {
        bench.set(.own(0), "x", .integer(Int64(step)))
        bench.flush()
    }
    let originals = try bench.takeSent().map(body)
    bench.close(nil)
    bench.set(.own(0), "x", .integer(6))
    bench.reconnect()
    _ = bench.takeSent()
    bench.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2, lastUplink: 2, rate: 100)) }
    bench.flush()
    var resent: [[UInt8]] = bench.takeSent()
    let start = bench.now
    while resent.count < 3 {
        bench.advanceToDeadline()
        bench.flush()
        resent += bench.takeSent()
    }
    #expect(bench.now - start == 40_000_000)
    #expect(try resent.prefix(3).map(body) == Array(originals[2...]))
    bench.flush()
    #expect(try (resent + bench.takeSent()).compactMap { try head($0)?.number } == [3, 4, 5, 6])
}

@Test("A restored room with other names gets no uplink that relies on the old ones")
func forgetsUplinksOfOtherNames() {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "x", .integer(1))
    bench.flush()
    bench.close(nil)
    bench.reconnect()
    _ = bench.takeSent()
    bench.receive { $0.welcome(.sample(tick: 20, epoch: 2, generation: 2)) }
    #expect(bench.takeSent().isEmpty)
    _ = bench.takeEvents()
    bench.receive(
        frame(.snapshot, tick: 20, .names) { writer in
            writer.varint(0)
            writer.varint(1)
            writer.nameEntry("other", quantum: nil)
        }
    )
    #expect(bench.takeEvents().contains(.uplinksForgotten(1)))
    #expect(bench.unconfirmedUplinks == 0)
}

@Test(
    "Writes that cannot be sent are refused at once",
    arguments: [
        ("", Value.null, WriteOutcome.refusedName), (String(repeating: "n", count: 65), .null, .refusedName),
        ("x", .float(.nan), .refusedNotFinite), ("x", .float(-.infinity), .refusedNotFinite), ("x", .float(0), .accepted),
    ]
)
func refusesWrites(name: String, value: Value, outcome: WriteOutcome) {
    let bench = Bench()
    #expect(bench.set(.own(0), name, value) == outcome)
    #expect(bench.send(name, value) == outcome)
    #expect(bench.compareAndSet(.own(0), name, expected: value, new: .null).outcome == outcome)
}
