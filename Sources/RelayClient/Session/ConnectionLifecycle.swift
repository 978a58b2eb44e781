import RelayWire

/// Decides when to connect and disconnect: attempts, their timeouts, back-off, and the end. It does not look into frames.
struct ConnectionLifecycle: Sendable {
    enum State: Sendable, Equatable {
        /// No connection; the next attempt starts at `until`.
        case waiting(until: UInt64)
        /// The owner of the socket is connecting; given up at `deadline`.
        case connecting(deadline: UInt64)
        /// Hello or rejoin is sent; given up at `deadline`.
        case greeting(deadline: UInt64)
        /// Welcomed. Given up at `deadline` unless a frame comes before. A frame from `provenAt` on resets the back-off.
        case joined(deadline: UInt64, patience: UInt64, provenAt: UInt64)
        /// `leave` is sent; the session ends at `deadline` at the latest.
        case leaving(deadline: UInt64)
        /// No connection, and none wanted until the application joins again.
        case seatLost
        case ended
    }

    /// The consequence of a connection's end for the session.
    enum End: Equatable {
        case retry(at: UInt64)
        case forgetSeat(CloseCode)
        case over(CloseCode?)
        /// There was no connection to end.
        case nothing
    }

    private(set) var state: State = .waiting(until: 0)
    private(set) var choice: RelayChoice
    private var backoff: Backoff
    private let attemptTimeout: UInt64
    private let leaveTimeout: UInt64
    /// The code of a close that was not handed out as a directive yet.
    private var closeToSend: UInt16?

    init(options: SessionOptions, seed: UInt64) {
        self.backoff = Backoff(seed: seed)
        self.choice = RelayChoice(home: options.relay, allowedHosts: options.allowedHosts, speaksTLS: options.speaksTLS)
        (self.attemptTimeout, self.leaveTimeout) = (options.attemptTimeout, options.leaveTimeout)
    }

    var isJoined: Bool { if case .joined = self.state { true } else { false } }
    var isGreeting: Bool { if case .greeting = self.state { true } else { false } }
    var isEnded: Bool { self.state == .ended }
    /// Nothing will come any more, unless the application joins again.
    var isOver: Bool {
        switch self.state {
        case .leaving, .seatLost, .ended: true
        case .waiting, .connecting, .greeting, .joined: false
        }
    }
    /// When the next attempt starts; nil if none is waited for. Nanoseconds.
    var retry: UInt64? { if case .waiting(let until) = self.state { until } else { nil } }

    /// When ``timedOut(at:)`` or ``takeDirective(at:)`` is due next. Nanoseconds.
    var deadline: UInt64? {
        switch self.state {
        case .waiting(let until): until
        case .connecting(let deadline), .greeting(let deadline), .joined(let deadline, _, _), .leaving(let deadline): deadline
        case .seatLost, .ended: nil
        }
    }

    mutating func takeDirective(at now: UInt64) -> ConnectionDirective {
        if let code = self.closeToSend {
            self.closeToSend = nil
            return .close(code: code)
        }
        switch self.state {
        case .waiting(let until) where until <= now:
            self.state = .connecting(deadline: now + self.attemptTimeout)
            return .connect
        case .waiting(let until): return .wait(until: until)
        case .connecting, .greeting, .joined, .leaving, .seatLost: return .none
        case .ended: return .finished
        }
    }

    /// The WebSocket is up. False if the session did not ask for it: then the next directive closes it.
    mutating func opened() -> Bool {
        guard case .connecting(let deadline) = self.state else {
            self.closeToSend = 1000
            return false
        }
        self.state = .greeting(deadline: deadline)
        return true
    }

    /// - Parameter patience: Nanoseconds without a frame after which the connection is given up.
    mutating func welcomed(patience: UInt64, at now: UInt64) {
        self.state = .joined(deadline: now + patience, patience: patience, provenAt: now + Backoff.maximum)
    }

    mutating func frameArrived(at now: UInt64) {
        guard case .joined(_, let patience, let provenAt) = self.state else { return }
        self.state = .joined(deadline: now + patience, patience: patience, provenAt: provenAt)
        guard now >= provenAt else { return }
        self.backoff.reset()
        self.choice.connectionProved()
    }

    /// The other side ended the connection, or the attempt failed (`code` nil).
    mutating func closed(code: UInt16?, reason: String, at now: UInt64) -> End {
        switch self.state {
        case .connecting, .greeting, .joined: break
        case .leaving:
            self.state = .ended
            return .over(nil)
        case .waiting, .seatLost, .ended: return .nothing
        }
        let known = code.flatMap { CloseCode(rawValue: $0) }
        switch known?.clientReaction {
        case .stop:
            self.state = .ended
            return .over(known)
        case .forgetSeat:
            self.choice.attemptFailed()
            self.state = .seatLost
            return known.map { .forgetSeat($0) } ?? .nothing
        case .follow where self.choice.follow(reason):
            // A room that moves sends all its players away at once: they come as after any lost connection.
            if self.isJoined { return self.retry(atLeast: nil, at: now) }
            self.state = .waiting(until: now)
            return .retry(at: now)
        case .follow: return self.retry(atLeast: nil, at: now)
        case .comeBack, nil:
            self.leaveSilentRelay()
            return self.retry(atLeast: Backoff.hint(in: reason), at: now)
        }
    }

    /// We end the connection, and retry.
    mutating func giveUp(code: UInt16, at now: UInt64) -> End {
        self.closeToSend = code
        self.leaveSilentRelay()
        return self.retry(atLeast: nil, at: now)
    }

    /// Ends the current wait if its deadline has come.
    mutating func timedOut(at now: UInt64) -> End {
        switch self.state {
        case .connecting(let deadline) where deadline <= now, .greeting(let deadline) where deadline <= now,
            .joined(let deadline, _, _) where deadline <= now:
            return self.giveUp(code: 1001, at: now)
        case .leaving(let deadline) where deadline <= now:
            self.closeToSend = 1000
            self.state = .ended
            return .over(nil)
        case .waiting, .connecting, .greeting, .joined, .leaving, .seatLost, .ended: return .nothing
        }
    }

    /// Nil if `leave` is to be sent now; else the end that leaving causes.
    mutating func leave(at now: UInt64) -> End? {
        switch self.state {
        case .joined:
            self.state = .leaving(deadline: now + self.leaveTimeout)
            return nil
        case .leaving, .ended: return .nothing
        case .connecting, .greeting:
            self.closeToSend = 1000
            self.state = .ended
            return .over(nil)
        case .waiting, .seatLost:
            self.state = .ended
            return .over(nil)
        }
    }

    /// False unless the seat was lost.
    /// - Parameter atOnce: False if the next hello will most likely meet what the last one met: then the back-off goes on.
    mutating func joinAgain(atOnce: Bool, at now: UInt64) -> Bool {
        guard case .seatLost = self.state else { return false }
        if atOnce { self.backoff.reset() }
        self.state = .waiting(until: atOnce ? now : now + self.backoff.nextWait(atLeast: nil))
        return true
    }

    private mutating func leaveSilentRelay() { if !self.isJoined { self.choice.attemptFailed() } }

    private mutating func retry(atLeast hint: UInt64?, at now: UInt64) -> End {
        let until = now + self.backoff.nextWait(atLeast: hint)
        self.state = .waiting(until: until)
        return .retry(at: until)
    }
}
