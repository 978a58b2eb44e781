import RelayCore
import RelayWire
import Testing

@Suite("Requests: what is asked with a seat's token and without its connection")
struct RequestTests {
    @Test("A host acts without its connection as with it, and is told what became of it")
    func acts() {
        let harness = RoomHarness()
        let (host, guest, other) = (harness.join(), harness.join(), harness.join())
        harness.tick(2)
        harness.breakConnection(host)
        harness.tick()
        #expect(harness.ask(host, .act(.kick, other)) == .result(.notOwner), "who is away is host no more")
        #expect(harness.ask(guest, .act(.kick, other)) == .result(.succeeded))
        #expect(other.closed == .kicked)
        #expect(harness.ask(guest, .act(.kick, other)) == .result(.noSuchSeat))
        #expect(harness.ask(guest, .compare(.card, "locked", expected: .null, new: .bool(true))) == .result(.succeeded))
        #expect(harness.ask(guest, .compare(.card, "locked", expected: .null, new: .bool(true))) == .result(.valueDiffers))
        #expect(harness.room.value(.card, "locked") == .bool(true))
        #expect(harness.ask(guest, .password("word")) == .result(.succeeded))
        #expect(harness.passwords.map(\.password) == ["word"])
        #expect(guest.replica.results.isEmpty, "no uplink brought them")
    }

    @Test("What may be an uplink's next number is not changed by a request, and its budget is its own")
    func isNoUplink() {
        let harness = RoomHarness {
            $0.uplinkRate = 60
            $0.uplinkBurst = 8
        }
        let host = harness.join()
        harness.tick(2)
        let outcomes = (0..<10).map { _ in harness.post(host, .compare(.card, "x", expected: .null, new: .null)) }
        harness.tick()
        #expect(
            outcomes.map { harness.answers[$0] } == Array(repeating: .result(.succeeded), count: 8) + [
                .refused(.rateLimited), .refused(.rateLimited),
            ])
        for _ in 0..<5 { harness.uplink(host, .compare(.card, "x", expected: .null, new: .null)) }
        harness.tick()
        #expect(host.closed == nil && host.replica.results.count == 5)
        harness.tick(30)
        #expect(harness.ask(host, .compare(.card, "x", expected: .null, new: .null)) == .result(.succeeded))
    }

    @Test("A token that is not the seat's is good for nothing")
    func tokens() {
        let harness = RoomHarness()
        let (host, guest) = (harness.join(), harness.join())
        harness.tick(2)
        let older = host.generation
        let back = harness.rejoin(host)
        harness.tick(3)
        #expect(harness.ask(back, generation: older, .act(.kick, guest)) == .refused(.tokenSuperseded))
        #expect(harness.ask(back, generation: back.generation + 1, .act(.kick, guest)) == .refused(.tokenRefused))
        harness.send(guest) { $0.leave() }
        harness.tick()
        #expect(harness.ask(guest, .act(.kick, back)) == .refused(.seatGone))
        let heir = harness.join()
        harness.tick()
        #expect(heir.seat == guest.seat)
        #expect(harness.ask(guest, .act(.kick, back)) == .refused(.seatGone), "the token of who had the seat before")
        #expect(back.closed == nil && heir.closed == nil)
    }

    @Test("The end of the room answers those who still wait")
    func end() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        let request = harness.post(host, .password("word"))
        harness.take(.end(.roomClosed))
        #expect(harness.room.outputs.contains(.answer(request: request, .refused(.roomClosed))))
        #expect(harness.passwords.isEmpty)
    }

    @Test("Bytes that are no operation are refused, and harm nobody")
    func garbage() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        for bytes in [[], [0xFF], [6], [6, 1, 0, 0], [9, 200, 65]] as [[UInt8]] {
            let request = harness.post(host, bytes)
            harness.tick()
            #expect(harness.answers[request] == .refused(.malformed), "\(bytes)")
        }
        #expect(host.closed == nil)
    }
}

extension RoomHarness {
    /// Asks without the connection. Returns the request's number.
    func post(_ client: TestClient, generation: UInt64? = nil, _ op: Op) -> UInt64 {
        var writer = WireWriter()
        op.write(into: &writer)
        return self.post(client, generation: generation, writer.array)
    }

    func post(_ client: TestClient, generation: UInt64? = nil, _ operation: [UInt8]) -> UInt64 {
        self.requests += 1
        operation.withUnsafeBytes {
            _ = self.take(
                .request(
                    $0, number: self.requests, from: client.seat, generation: generation ?? client.generation, at: self.now))
        }
        return self.requests
    }

    /// The same, and what becomes of it.
    fileprivate func ask(_ client: TestClient, generation: UInt64? = nil, _ op: Op) -> RequestOutcome? {
        let request = self.post(client, generation: generation, op)
        self.tick()
        return self.answers[request]
    }
}
