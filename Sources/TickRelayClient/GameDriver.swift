import NIOCore
import NIOSSL
import RelayClient
import RelayWire
import Synchronization

/// Moves bytes between one session and its sockets.
///
/// A lock guards the session, so that the game's writes need not wait for the event loop. All outputs (bytes, timers,
/// connections) leave from the event loop, in ``pump()`` only: so they are in order, and the lock is never held for them.
final class GameDriver: Sendable {
    struct Core: ~Copyable, Sendable {
        var session: ClientSession
        var state = Game.State.connecting
        /// A flush is already scheduled on the loop.
        var isFlushScheduled = false
        /// Set once by the first frame, a refusal, a timeout or a cancellation.
        var joinOutcome: Result<Void, JoinError>?
        var joinWaiter: CheckedContinuation<JoinError?, Never>?
        var leaveWaiters: [CheckedContinuation<Void, Never>] = []
        /// Why the last attempt failed, while we join.
        var lastFailure: JoinError?
        var renderer: Renderer
    }

    /// State that only the event loop touches.
    final class LoopState {
        var connection: RelayConnection?
        var timer: Scheduled<Void>?
        var timerAt: UInt64 = .max
        /// What encrypted connections begin with, once the first has asked for it.
        var tlsContext: EventLoopFuture<NIOSSLContext>?
    }

    let mailbox: TickMailbox
    let qualityFeed = QualityFeed()
    let loop: any EventLoop
    let options: GameOptions
    let core: Mutex<Core>
    let onLoop: NIOLoopBoundBox<LoopState>

    init(room: String, role: Role, options: GameOptions, loop: any EventLoop) {
        (self.options, self.loop) = (options, loop)
        self.mailbox = TickMailbox(eventBound: options.eventBuffer)
        let seed = UInt64.random(in: .min ... .max)
        let session = ClientSession(room: room, role: role, options: options.session, seed: seed)
        self.core = Mutex(Core(session: session, renderer: Renderer(options)))
        self.onLoop = .makeBoxSendingValue(LoopState(), eventLoop: loop)
    }

    /// Monotonic time in nanoseconds, from NIO's own clock, so that its timers and the session agree.
    static func clock() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    var state: Game.State { self.core.withLock { $0.state } }

    func read<Result: Sendable>(_ body: (borrowing ClientSession) -> Result) -> Result { self.core.withLock { body($0.session) } }

    // MARK: - From any thread

    func start() { self.loop.execute { self.pump() } }

    /// Makes one write of the game. Schedules a flush unless nothing is to be sent, one is scheduled already, or the game flushes
    /// itself.
    func write<Outcome>(_ body: (inout ClientSession) -> Outcome) -> Outcome {
        var schedules = false
        let outcome = self.core.withLock { core in
            defer {
                let isNeeded = core.session.pendingOperations > 0 && !core.isFlushScheduled
                schedules = self.options.flushInterval != nil && isNeeded
                if schedules { core.isFlushScheduled = true }
            }
            return body(&core.session)
        }
        if schedules, let interval = self.options.flushInterval {
            _ = self.loop.scheduleTask(in: TimeAmount(interval)) { self.flushOnLoop() }
        }
        return outcome
    }

    func flush() { self.loop.execute { self.flushOnLoop() } }

    func joinAgain() { self.input { core, now in if core.session.joinAgain(at: now) { core.state = .connecting } } }

    /// Leaves without waiting, because the last reference to the game is gone or joining failed.
    func abandon() { self.input { core, now in core.session.leave(at: now) } }

    func leave() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isOver = self.core.withLock { core in
                if case .ended = core.state { return true }
                core.leaveWaiters.append(continuation)
                return false
            }
            if isOver { return continuation.resume() }
            self.input { core, now in
                core.session.flush(at: now)
                core.session.leave(at: now)
            }
        }
    }

    /// Waits for the first frame. Returns nil once it is applied, else the reason why joining failed.
    func joined() async -> JoinError? {
        let timeout = self.loop.scheduleTask(in: TimeAmount(self.options.joinTimeout)) {
            self.settleJoin(.failure(self.core.withLock { $0.lastFailure } ?? .timedOut))
        }
        defer { timeout.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<JoinError?, Never>) in
                let outcome = self.core.withLock { core in
                    if core.joinOutcome == nil { core.joinWaiter = continuation }
                    return core.joinOutcome
                }
                if let outcome { continuation.resume(returning: outcome.failure) }
            }
        } onCancel: {
            self.settleJoin(.failure(.cancelled))
        }
    }

    /// An attempt failed, or a connection was closed. Ends joining if another attempt would come to the same.
    func attemptFailed(_ error: JoinError) {
        let isJoining = self.core.withLock { core in
            if core.joinOutcome == nil { core.lastFailure = error }
            return core.joinOutcome == nil
        }
        if isJoining, error.isFinal { self.settleJoin(.failure(error)) }
    }

    func settleJoin(_ outcome: Result<Void, JoinError>) {
        let waiter = self.core.withLock { core in
            guard core.joinOutcome == nil else { return nil as CheckedContinuation<JoinError?, Never>? }
            core.joinOutcome = outcome
            defer { core.joinWaiter = nil }
            return core.joinWaiter
        }
        if outcome.failure != nil, self.core.withLock({ $0.joinOutcome?.failure != nil }) { self.abandon() }
        waiter?.resume(returning: outcome.failure)
    }

    /// An input that is not a write. The event loop applies it to the session and then carries out the outputs.
    func input(_ body: @escaping @Sendable (inout Core, UInt64) -> Void) {
        self.loop.execute {
            self.core.withLock { body(&$0, Self.clock()) }
            self.pump()
        }
    }
}

extension Result where Success == Void {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(max(0, min(seconds, 86_400 * 365))) + .nanoseconds(max(0, attoseconds / 1_000_000_000))
    }
}
