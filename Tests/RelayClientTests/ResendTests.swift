import RelayClient
import RelayWire
import Testing

/// Numbers of the uplinks among these messages.
private func numbers(_ messages: [[UInt8]]) throws -> [UInt64] {
    try messages.compactMap { message in
        if case .uplink(let head, _) = try ClientMessage(decoding: message.span) { head.number } else { nil }
    }
}

extension Bench {
    /// One uplink with one write.
    fileprivate func write(_ number: Int64) {
        self.set(.own(0), "x", .integer(number))
        self.flush()
    }

    /// Comes back, resumed, and resends; what it sent since.
    fileprivate func rejoin(generation: UInt64, lastUplink: UInt64 = 0) -> [[UInt8]] {
        self.reconnect()
        _ = self.takeSent()
        self.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: generation, lastUplink: lastUplink)) }
        for _ in 0..<5 {
            self.advance(by: 20_000_000)
        }
        return self.takeSent()
    }
}

extension SessionEvent {
    fileprivate var forgotten: Int? { if case .uplinksForgotten(let count) = self { count } else { nil } }
}

@Test(
    "An uplink that the relay cannot take is given up at the second close, and play goes on",
    arguments: [CloseCode.malformed, .tooBig])
func givesUpRefusedUplinks(code: CloseCode) throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    for number in 1...3 { bench.write(Int64(number)) }
    bench.close(code)
    #expect(bench.takeEvents().compactMap(\.forgotten).isEmpty)
    #expect(try numbers(bench.rejoin(generation: 2)) == [1, 2, 3])
    bench.set(.own(0), "x", .integer(4))
    bench.close(code)
    #expect(bench.takeEvents().compactMap(\.forgotten).isEmpty)
    #expect(try numbers(bench.rejoin(generation: 3)).isEmpty)
    #expect(bench.takeEvents().compactMap(\.forgotten) == [3])
    #expect(bench.unconfirmedUplinks == 0)
    bench.receive(frame(.merged, tick: 21, baseline: 10))
    bench.flush()
    #expect(try numbers(bench.takeSent()) == [4])
}

@Test("A connection that ends for anything else, or confirms something, takes no uplink away")
func keepsUplinks() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    for number in 1...3 { bench.write(Int64(number)) }
    // Uplink 1 is applied meanwhile: something went on.
    bench.close(.malformed)
    #expect(try numbers(bench.rejoin(generation: 2, lastUplink: 1)) == [2, 3])
    for (generation, code) in [CloseCode.malformed, nil, .rateLimited, .stalled, .internalError].enumerated() {
        bench.close(code)
        #expect(try numbers(bench.rejoin(generation: 3 + UInt64(generation), lastUplink: 1)) == [2, 3])
    }
    // A rejoin that is refused says nothing of uplinks.
    bench.close(nil)
    bench.reconnect()
    bench.close(.malformed)
    #expect(bench.takeEvents().compactMap(\.forgotten).isEmpty)
    #expect(try numbers(bench.rejoin(generation: 9, lastUplink: 1)) == [2, 3])
    bench.close(.malformed)
    #expect(try numbers(bench.rejoin(generation: 10, lastUplink: 1)).isEmpty)
    #expect(bench.takeEvents().compactMap(\.forgotten) == [2])
    bench.close(.malformed)
    // Nothing is outstanding: nothing is given up, however often.
    for generation in UInt64(11)...13 {
        #expect(try numbers(bench.rejoin(generation: generation, lastUplink: 1)).isEmpty)
        bench.close(.malformed)
    }
    #expect(bench.takeEvents().compactMap(\.forgotten).isEmpty)
}

/// The room's names after the relay came back, for a client that knew x, q (steps of 0.5) and s and has an uplink that uses q.
struct NamesRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var epoch: UInt64 = 2
    var names: [(String, Double?)]
    var isResent: Bool

    static let known: [(String, Double?)] = [("x", nil), ("q", 0.5), ("s", nil)]
    static let all = [
        NamesRow(testDescription: "all of them", names: known, isResent: true),
        NamesRow(testDescription: "more", names: known + [("later", nil)], isResent: true),
        NamesRow(testDescription: "those that are used", names: Array(known.prefix(2)), isResent: true),
        NamesRow(testDescription: "fewer than are used", names: Array(known.prefix(1)), isResent: false),
        NamesRow(testDescription: "none", names: [], isResent: false),
        NamesRow(testDescription: "another in its place", names: [("x", nil), ("other", nil), ("s", nil)], isResent: false),
        NamesRow(testDescription: "another quantum", names: [("x", nil), ("q", 0.25), ("s", nil)], isResent: false),
        NamesRow(testDescription: "the same epoch: a table only grows", epoch: 1, names: known, isResent: true),
    ]

    var snapshot: [UInt8] {
        frame(.snapshot, tick: 20, self.names.isEmpty ? [] : .names) { writer in
            guard !self.names.isEmpty else { return }
            writer.varint(0)
            writer.varint(self.names.count)
            for (name, quantum) in self.names { writer.nameEntry(name, quantum: quantum) }
        }
    }
}

@Test(
    "After a crash of the relay uplinks are sent again only if the names they use are still there; else they are given up",
    arguments: NamesRow.all, [0, 1, 2]
)
func namesAfterCrash(row: NamesRow, connectionsLost: Int) throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "q", 1)
    bench.flush()
    _ = (bench.takeSent(), bench.takeEvents())
    bench.close(nil)
    for generation in 0...UInt64(connectionsLost) {
        if generation > 0 { bench.close(nil) }
        bench.reconnect()
        _ = bench.takeSent()
        bench.receive { $0.welcome(.sample(tick: 20, epoch: row.epoch, generation: 2 + generation)) }
        #expect(try numbers(bench.takeSent()) == (row.epoch == 1 ? [1] : []))
    }
    bench.receive(row.snapshot)
    #expect(try numbers(bench.takeSent()) == (row.isResent && row.epoch > 1 ? [1] : []))
    #expect(bench.takeEvents().compactMap(\.forgotten) == (row.isResent ? [] : [1]))
    // Play goes on, under the next number and by the names there are.
    bench.set(.own(0), "q", 2)
    bench.flush()
    let sent = bench.takeSent()
    #expect(try numbers(sent) == [2])
    let message = sent.first ?? []
    guard case .uplink(let head, let offset) = try decoded(message) else { return }
    _ = try OperationList(message.span, from: offset, count: head.operationCount, names: row.names.count)
}

@Test("A relay that was killed and has the tick resumes, whatever its epoch: nothing is waited for")
func resumedInAnotherEpoch() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "q", 1)
    bench.flush()
    bench.close(nil)
    bench.reconnect()
    _ = bench.takeSent()
    bench.receive { $0.welcome(.sample(tick: 20, resumed: true, epoch: 2, generation: 2)) }
    #expect(try numbers(bench.takeSent()) == [1])
}

@Test(
    "What was written while unconnected goes into as many uplinks as the new welcome's limits need, in order",
    arguments: [16_384, 150])
func splitsWhatWaited(uplinkBytes: UInt64) throws {
    var options = SessionOptions()
    options.pendingEvents = 300
    let bench = Bench(options: options)
    bench.joinWithSnapshot()
    bench.close(nil)
    _ = (bench.takeSent(), bench.takeEvents())
    for field in 0..<64 { bench.set(.own(0), "f\(field)", .string("0123456789")) }
    for number in 0..<200 { bench.send("e", .integer(Int64(number))) }
    bench.reconnect()
    _ = bench.takeSent()
    bench.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2, uplinkBytes: uplinkBytes)) }
    bench.receive(frame(.merged, tick: 21, baseline: 10))
    bench.flush()
    let sent = bench.takeSent()
    #expect(sent.allSatisfy { $0.count <= Int(uplinkBytes) })
    #expect(try numbers(sent) == Array(1...UInt64(sent.count)))
    #expect(bench.pendingOperations == 0)
    #expect(!bench.takeEvents().contains(.writeTooLong(.own(0))))
    var events = 0
    for message in sent {
        guard case .uplink(let head, let offset) = try decoded(message) else { continue }
        #expect(head.operationCount <= WireLimits.listCount)
        _ = try OperationList(message.span, from: offset, count: head.operationCount, names: 3)
        events += head.operationCount
    }
    #expect(events == 200 + (uplinkBytes == 150 ? 64 : 1))
}

@Test("Uplinks that the new welcome's limit has become too small for are given up like any that cannot be taken")
func smallerLimit() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "s", .bytes(Array(repeating: 1, count: 1_000)))
    bench.flush()
    for generation in UInt64(2)...4 {
        bench.close(generation == 2 ? nil : .tooBig)
        bench.reconnect()
        bench.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: generation, uplinkBytes: 500)) }
    }
    #expect(bench.takeEvents().compactMap(\.forgotten) == [1])
    #expect(bench.unconfirmedUplinks == 0)
}
