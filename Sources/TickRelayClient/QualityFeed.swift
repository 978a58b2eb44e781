import RelayClient
import Synchronization

/// Tells listeners how the connection is: when its state or cause changes, and about once a second. Newest wins.
final class QualityFeed: Sendable {
    private struct State: Sendable {
        var listeners: [UInt64: AsyncStream<Quality>.Continuation] = [:]
        var nextID: UInt64 = 0
        var told: Quality?
        var toldAt: UInt64 = 0
        var isOver = false
    }

    /// Nanoseconds.
    private static let interval: UInt64 = 1_000_000_000
    private let state = Mutex(State())

    var isWatched: Bool { self.state.withLock { !$0.listeners.isEmpty } }

    /// A stream that begins with the quality now.
    func stream(from now: Quality) -> AsyncStream<Quality> {
        let (stream, continuation) = AsyncStream.makeStream(of: Quality.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield(now)
        let id = self.state.withLock { state -> UInt64? in
            guard !state.isOver else { return nil }
            state.nextID += 1
            state.listeners[state.nextID] = continuation
            return state.nextID
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) } }
        return stream
    }

    /// Tells the quality now, if it is news or a second has passed since the last time.
    func report(_ quality: Quality, at now: UInt64) {
        let listeners = self.state.withLock { state -> [AsyncStream<Quality>.Continuation] in
            if let told = state.told, !quality.isNews(after: told), now < state.toldAt + Self.interval { return [] }
            (state.told, state.toldAt) = (quality, now)
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(quality) }
    }

    func finish() {
        let listeners = self.state.withLock { state -> [AsyncStream<Quality>.Continuation] in
            defer { (state.listeners, state.isOver) = ([:], true) }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
