import NIOCore
import RelayHosting
import ServiceLifecycle
import Synchronization

/// Live statistics for whoever listens: one collection a second for all of them, and none while nobody listens.
///
/// A listener that reads slowly finds the newest message, not a queue of them.
package final class StatisticsFeed: Service {
    /// Listeners at a time. Each costs the encoding of its room; all share everything else.
    package static let maximumListeners = 16
    /// From one collection to the next.
    package static let interval = Duration.seconds(1)

    /// Why nobody may listen.
    package enum Refusal: Error {
        /// There are ``maximumListeners`` already.
        case full
        /// The relay shuts down.
        case ended
    }

    private typealias Messages = AsyncStream<ByteBuffer>

    private struct State {
        var listeners: [UInt64: (room: String?, messages: Messages.Continuation)] = [:]
        var nextListener: UInt64 = 0
        var isEnded = false
    }

    private let state = Mutex(State())
    /// Something to read for each listener that came while there was none.
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation
    private let collect: @Sendable (StatisticsDetail) async -> RelayStatistics

    package init(collect: @escaping @Sendable (StatisticsDetail) async -> RelayStatistics) {
        self.collect = collect
        (self.arrivals, self.arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes a listener.
    ///
    /// - Parameter room: Whose seats it wants; nil for none.
    package func listen(to room: String?) throws(Refusal) -> FeedListener {
        let (messages, continuation) = Messages.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = try self.state.withLock { state throws(Refusal) in
            guard !state.isEnded else { throw .ended }
            guard state.listeners.count < Self.maximumListeners else { throw .full }
            state.nextListener += 1
            state.listeners[state.nextListener] = (room, continuation)
            return state.nextListener
        }
        self.arrived.yield()
        return FeedListener(messages: messages) { [weak self] in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
    }

    package var listenerCount: Int { self.state.withLock { $0.listeners.count } }

    /// Collects while somebody listens, until the relay shuts down; then the listeners are told.
    package func run() async throws {
        defer { self.end() }
        do {
            try await cancelWhenGracefulShutdown {
                for await _ in self.arrivals { try await self.serve() }
            }
        } catch is CancellationError {
            // the relay shuts down
        }
    }

    private func serve() async throws {
        while let detail = self.wanted {
            let statistics = await self.collect(detail)
            self.give(try await EventText.encode(statistics, detail))
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The detail that listeners want; nil without any.
    private var wanted: StatisticsDetail? {
        self.state.withLock { state in
            state.listeners.isEmpty ? nil : .overview(rooms: Set(state.listeners.values.compactMap(\.room)))
        }
    }

    private func give(_ text: EventText) {
        self.state.withLock { state in
            for (room, messages) in state.listeners.values { messages.yield(text.message(with: room)) }
        }
    }

    private func end() {
        self.state.withLock { state in
            state.isEnded = true
            for (_, messages) in state.listeners.values {
                messages.yield(EventText.draining)
                messages.finish()
            }
        }
    }
}

/// A place among the listeners, given up with the last reference.
package final class FeedListener: Sendable {
    /// What to send, in the form of server-sent events.
    package let messages: AsyncStream<ByteBuffer>
    private let leave: @Sendable () -> Void

    fileprivate init(messages: AsyncStream<ByteBuffer>, leave: @escaping @Sendable () -> Void) {
        (self.messages, self.leave) = (messages, leave)
    }

    deinit { self.leave() }
}
