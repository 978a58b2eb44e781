import RelayWire

/// Decides when there is a connection: attempts, their timeouts, back-off, and the end. Knows nothing of frames.
struct ConnectionLifecycle: Sendable {
    enum State: Sendable, Equatable {
        /// No connection; one is wanted from `until` on.
        case waiting(until: UInt64)
        /// The owner of the socket connects; given up at `deadline`.
        case connecting(deadline: UInt64)
        /// Hello or rejoin is sent; given up at `deadline`.
        case greeting(deadline: UInt64)
        /// Welcomed. Given up at `deadline` unless a frame comes; good for the back-off from `provenAt` on.
        case joined(deadline: UInt64, patience: UInt64, provenAt: UInt64)
        /// `leave` is sent; over at `deadline` at the latest.
        case leaving(deadline: UInt64)
        /// No connection, and none wanted until the application joins again.
        case seatLost
        case ended
    }

    /// What the end of a connection means for the session.
    enum End: Equatable {
        case retry(at: UInt64)
        case forgetSeat(CloseCode)
        case over(CloseCode?)
        /// There was no connection to end.
        case nothing
    }

    private(set) var state: State = .waiting(until: 0)
    private var backoff: Backoff
    private let attemptTimeout: UInt64
    private let leaveTimeout: UInt64
    /// A close that the owner of the socket has still to be told of.
    private var closeToSend: UInt16?

    init(options: SessionOptions, seed: UInt64) {
        self.backoff = Backoff(seed: seed)
        (self.attemptTimeout, self.leaveTimeout) = (options.attemptTimeout, options.leaveTimeout)
    }

    var isJoined: Bool { if case .joined = self.state { true } else { false } }
    var isGreeting: Bool { if case .greeting = self.state { true } else { false } }
    var isEnded: Bool { self.state == .ended }

    /// When ``timedOut(at:)`` or ``takeDirective(at:)`` has something to say.
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

    /// The WebSocket is up. False if nobody asked for it: then it is to be closed.
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
        self.state = .joined(deadline: now + patience, patience: patience, provenAt: now + Backoff.most)
    }

    mutating func frameArrived(at now: UInt64) {
        guard case .joined(_, let patience, let provenAt) = self.state else { return }
        self.state = .joined(deadline: now + patience, patience: patience, provenAt: provenAt)
        if now >= provenAt { self.backoff.reset() }
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
            self.state = .seatLost
            return known.map { .forgetSeat($0) } ?? .nothing
        case .comeBack, nil:
            return self.retry(atLeast: Backoff.hint(in: reason), at: now)
        }
    }

    /// We end the connection, and come back.
    mutating func giveUp(code: UInt16, at now: UInt64) -> End {
        self.closeToSend = code
        return self.retry(atLeast: nil, at: now)
    }

    /// What `now` means for whatever is being waited for.
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

    /// Whether `leave` is to be sent now; else the end says what leaving came to.
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
    mutating func joinAgain(at now: UInt64) -> Bool {
        guard case .seatLost = self.state else { return false }
        self.backoff.reset()
        self.state = .waiting(until: now)
        return true
    }

    private mutating func retry(atLeast hint: UInt64?, at now: UInt64) -> End {
        let until = now + self.backoff.nextWait(atLeast: hint)
        self.state = .waiting(until: until)
        return .retry(at: until)
    }
}
