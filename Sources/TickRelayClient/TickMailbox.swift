import RelayClient
import RelayWire
import Synchronization

/// A mailbox of one tick between the event loop and one consumer. Newer state overwrites older; events add up to a bound.
final class TickMailbox: Sendable {
    /// Somebody who waits for a tick. Only its own cancellation ends its wait.
    private struct Consumer: Sendable {
        var call: UInt64
        var continuation: CheckedContinuation<GameTick?, Never>
    }

    private struct State: Sendable {
        var waiting: GameTick?
        var consumer: Consumer?
        /// Calls of ``TickMailbox/next()`` so far: names them.
        var calls: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let eventBound: Int

    init(eventBound: Int) { self.eventBound = max(1, eventBound) }

    func deliver(_ tick: GameTick) {
        let consumer = self.state.withLock { state -> (Consumer, GameTick)? in
            let merged = self.merge(tick, into: state.waiting)
            guard let consumer = state.consumer else {
                state.waiting = merged
                return nil
            }
            (state.consumer, state.waiting) = (nil, nil)
            return (consumer, merged)
        }
        if let (consumer, tick) = consumer { consumer.continuation.resume(returning: tick) }
    }

    /// Ends the sequence. A waiting tick is still handed out before.
    func finish() {
        let consumer = self.state.withLock { state in
            state.isOver = true
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.continuation.resume(returning: nil)
    }

    func next() async -> GameTick? {
        let call = self.state.withLock { state in
            state.calls += 1
            return state.calls
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: GameTick?? = self.state.withLock { state in
                    if let tick = state.waiting {
                        state.waiting = nil
                        return .some(tick)
                    }
                    guard !state.isOver, !Task.isCancelled, state.consumer == nil else { return .some(nil) }
                    state.consumer = Consumer(call: call, continuation: continuation)
                    return .none
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let consumer = self.state.withLock { state -> Consumer? in
                guard state.consumer?.call == call else { return nil }
                defer { state.consumer = nil }
                return state.consumer
            }
            consumer?.continuation.resume(returning: nil)
        }
    }

    private func merge(_ tick: GameTick, into waiting: GameTick?) -> GameTick {
        guard let waiting else { return self.bounded(tick) }
        var merged = tick
        merged.events = waiting.events + tick.events
        merged.results = waiting.results + tick.results
        merged.missedEvents = waiting.missedEvents || tick.missedEvents
        merged.framesMerged = waiting.framesMerged + tick.framesMerged
        return self.bounded(merged)
    }

    private func bounded(_ tick: GameTick) -> GameTick {
        guard tick.events.count > self.eventBound || tick.results.count > self.eventBound else { return tick }
        var bounded = tick
        bounded.events = tick.events.suffix(self.eventBound)
        bounded.results = tick.results.suffix(self.eventBound)
        bounded.missedEvents = true
        return bounded
    }
}
