import RelayClient
import RelayWire
import Testing

private func events(in list: [SessionEvent]) -> [UInt64] {
    list.compactMap { if case .event(let event) = $0 { event.number } else { nil } }
}

/// A difference with these events.
private func eventFrame(tick: UInt64, _ heads: [EventHead], lost: UInt64? = nil) -> [UInt8] {
    frame(.delta, tick: tick, baseline: tick - 1, lost == nil ? .events : [.events, .lost]) { writer in
        writer.varint(heads.count)
        var previous: UInt64 = 0
        for head in heads {
            writer.event(head, at: Tick(rawValue: tick), after: previous, StoredValue(.integer(Int64(head.number))))
            previous = head.number
        }
        if let lost { writer.varint(tick - lost) }
    }
}

@Test("Events after the cursor are delivered once; our own to others are not")
func deliversNewEvents() {
    let bench = Bench()
    bench.joinWithSnapshot()
    _ = bench.takeEvents()
    bench.receive(
        eventFrame(
            tick: 11,
            [event(3, tick: 10), event(4, tick: 11), event(5, tick: 11, sender: 1, .others), event(6, tick: 11, sender: 1)])
    )
    #expect(events(in: bench.takeEvents()) == [4, 6])
    #expect(bench.eventCursor == Tick(rawValue: 11))
}

@Test("Loss is told before the events of its frame, but only if it is after the cursor")
func reportsGap() {
    let bench = Bench()
    bench.joinWithSnapshot()
    _ = bench.takeEvents()
    bench.receive(eventFrame(tick: 11, [event(4, tick: 11)], lost: 10))
    #expect(bench.takeEvents().first != .eventsLost(through: Tick(rawValue: 10)))
    bench.receive(eventFrame(tick: 12, [event(9, tick: 12)], lost: 12))
    #expect(bench.takeEvents().first == .eventsLost(through: Tick(rawValue: 12)))
}

@Test("After a hello, events before the welcome's tick are history; of that tick they are news")
func startsAtWelcome() {
    let bench = Bench()
    bench.join(.sample(tick: 10))
    bench.receive(
        snapshot(tick: 12, sections: .events) { writer in
            writer.varint(2)
            writer.event(event(1, tick: 9), at: Tick(rawValue: 12), after: 0, StoredValue(.null))
            writer.event(event(2, tick: 10), at: Tick(rawValue: 12), after: 1, StoredValue(.null))
        }
    )
    #expect(events(in: bench.takeEvents()) == [2])
}

@Test("A private message and its frame are one: names first, events by number, results with their tickets")
func pairsPrivateMessages() {
    let bench = Bench()
    bench.joinWithSnapshot()
    let (ticket, _) = bench.compareAndSet(.room(0), "s", expected: .null, new: .integer(1))
    bench.flush()
    _ = bench.takeEvents()
    var message = PrivateMessage(tick: Tick(rawValue: 11), lastUplink: 1)
    message.results = [OperationResult(uplink: 1, operation: 0, code: .succeeded)]
    message.events = [.init(head: event(5, tick: 11, .seats), value: .string("psst"))]
    bench.receive { $0.privateMessage(message) }
    #expect(bench.takeEvents().isEmpty)
    bench.receive(eventFrame(tick: 11, [event(4, tick: 11), event(6, tick: 11)]))
    let told = bench.takeEvents()
    #expect(events(in: told) == [4, 5, 6])
    #expect(
        told.suffix(3) == [
            .result(OperationOutcome(ticket: ticket, result: message.results[0])), .confirmed(uplink: 1),
            .ticked(Tick(rawValue: 11)),
        ])
}

@Test("A private message without its frame is not applied, nor the frame")
func refusesUnpairedPrivate() {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.receive { $0.privateMessage(PrivateMessage(tick: Tick(rawValue: 12), lastUplink: 0)) }
    bench.receive(eventFrame(tick: 11, [event(4, tick: 11)]))
    #expect(bench.statistics.framesIgnored == 1)
    #expect(!bench.isReplicaWhole)
}

@Test("A rejoin with the replica dropped keeps the event cursor")
func keepsCursorOverRejoin() {
    let bench = Bench()
    bench.joinWithSnapshot()
    bench.receive(eventFrame(tick: 11, [event(4, tick: 11)]))
    bench.close(nil)
    bench.reconnect()
    bench.receive { $0.welcome(.sample(tick: 20, generation: 2)) }
    _ = bench.takeEvents()
    bench.receive(
        snapshot(tick: 20, sections: .events) { writer in
            writer.varint(2)
            writer.event(event(4, tick: 11), at: Tick(rawValue: 20), after: 0, StoredValue(.null))
            writer.event(event(5, tick: 12), at: Tick(rawValue: 20), after: 4, StoredValue(.null))
        }
    )
    #expect(events(in: bench.takeEvents()) == [5])
}
