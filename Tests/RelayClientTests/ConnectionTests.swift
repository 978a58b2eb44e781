import RelayClient
import RelayWire
import Testing

@Test("Joining: connect, hello, welcome, snapshot")
func joins() throws {
    let bench = Bench()
    #expect(bench.directives.contains(.connect))
    bench.open()
    #expect(try decoded(bench.takeSent().first) == .hello(Hello(room: "lobby")))
    bench.receive { $0.welcome(.sample()) }
    bench.receive(snapshot(tick: 10))
    #expect(bench.takeEvents() == [.joined(.sample()), .ticked(Tick(rawValue: 10))])
    #expect(bench.entity(0) == player1)
}

@Test("Rejoining names token, epoch, tick and confirmed uplink; a replica that is not whole asks for a snapshot")
func rejoins() throws {
    let bench = Bench()
    bench.joinWithSnapshot()
    for tick in [UInt64(10), 0] {
        bench.close(nil)
        bench.reconnect()
        let rejoin = Rejoin(room: "lobby", token: [1, 7], epoch: 1, tick: Tick(rawValue: tick), confirmed: 0)
        #expect(try decoded(bench.takeSent().last) == .rejoin(rejoin))
        bench.receive { $0.welcome(.sample(tick: 20, resumed: tick != 0)) }
        bench.receive(frame(.delta, tick: 22, baseline: 21))
    }
}

@Test("Waits between attempts are uniform under a doubling bound of at most 5 s", arguments: UInt64(0)..<50)
func backsOff(seed: UInt64) {
    let bench = Bench(seed: seed)
    for failure in 0..<8 {
        bench.session.connectionFailed(at: bench.now)
        bench.settle()
        guard case .disconnected(_, let retryAt)? = bench.takeEvents().last else {
            Issue.record("no back-off after failure \(failure)")
            return
        }
        let bound = min(250_000_000 << UInt64(failure), 5_000_000_000)
        #expect(retryAt - bench.now <= bound, "seed \(seed)")
        bench.advanceToDeadline()
        #expect(bench.now == retryAt)
    }
}

@Test(
    "A retry hint is a least wait, if it is one",
    arguments: [
        ("busy (retry after 3000 ms)", 3_000), ("(retry after 0 ms)", 0), ("(retry after 99999999999 ms)", 0),
        ("retry after 3000 ms", 0), ("(retry after x ms)", 0), ("(retry after  ms)", 0), (" ms)", 0), ("", 0),
        ("(retry after 999999999 ms)", 600_000),
    ]
)
func obeysHint(reason: String, milliseconds: UInt64) {
    let bench = Bench()
    bench.open()
    bench.close(.relayFull, reason: reason)
    guard case .disconnected(code: 4011, let retryAt)? = bench.takeEvents().last else {
        Issue.record("no back-off")
        return
    }
    #expect((milliseconds * 1_000_000...max(milliseconds * 1_000_000, 250_000_000)).contains(retryAt - bench.now))
}

@Test("Every close code does what section 12 says", arguments: CloseCode.allCases)
func reactsToClose(code: CloseCode) {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "x", 1)
    bench.flush()
    _ = bench.takeEvents()
    bench.close(code)
    switch code.clientReaction {
    case .comeBack, .follow:  // without a URL there is nothing to follow
        guard case .disconnected(code: code.rawValue, _)? = bench.takeEvents().last else { Issue.record("\(code)"); return }
        #expect(bench.welcome != nil)
    case .forgetSeat:
        #expect(bench.takeEvents() == [.seatLost(code)])
        #expect(bench.lastDirective == ConnectionDirective.none)
        #expect(bench.welcome == nil && bench.unconfirmedUplinks == 0 && bench.replica.entityCount == 0)
        #expect(bench.joinAgain())
        bench.settle()
        bench.open()
        #expect(bench.takeSent().last == message { $0.hello(Hello(room: "lobby")) })
    case .stop:
        #expect(bench.takeEvents() == [.ended(code)])
        #expect(bench.lastDirective == .finished)
        #expect(bench.set(.own(0), "x", 1) == .refusedEnded)
    }
}

@Test("No welcome within 5 s, or no frame within giveUpAfter, ends the connection from our side")
func givesUp() {
    let bench = Bench()
    bench.open()
    bench.advance(by: 4_999_999_999)
    #expect(!bench.directives.contains(.close(code: 1001)))
    bench.advance(by: 1)
    #expect(bench.directives.contains(.close(code: 1001)))

    let joined = Bench()
    joined.joinWithSnapshot()
    joined.advance(by: 3_000_000_000)
    joined.receive(frame(.delta, tick: 11, baseline: 10))
    joined.advance(by: 4_999_999_999)
    #expect(joined.isJoined)
    joined.advance(by: 1)
    #expect(!joined.isJoined)
    #expect(joined.directives.contains(.close(code: 1001)))
}

@Test("Leaving sends leave and ends with the relay's close, or without it")
func leaves() {
    for answers in [true, false] {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        bench.leave()
        #expect(bench.takeSent() == [[6]])
        if answers { bench.close(.left) } else { bench.advance(by: 1_000_000_000) }
        #expect(bench.takeEvents().last == .ended(nil))
        #expect(bench.lastDirective == .finished)
    }
}

@Test("Another instance in a welcome is another room: nothing of the old one is kept")
func startsAfresh() {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.set(.own(0), "x", 1)
    bench.flush()
    bench.close(nil)
    bench.reconnect()
    bench.receive { $0.welcome(.sample(tick: 3, resumed: true, instance: 2)) }
    #expect(bench.unconfirmedUplinks == 0)
    #expect(bench.replica.entityCount == 0)
    #expect(bench.eventCursor == Tick(rawValue: 2))
}
