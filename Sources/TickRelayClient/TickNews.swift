import RelayClient
import RelayWire

/// The sum of the notices of one pump.
struct TickNews {
    private(set) var frames = 0
    private(set) var isSeatLost = false
    private(set) var isOver = false
    private(set) var joinOutcome: Result<Void, JoinError>?
    private var events: [RoomEvent] = []
    private var results: [OperationOutcome] = []
    private var missed = false

    /// Adds one notice. Returns the game's new state; nil if it does not change.
    ///
    /// - Parameters:
    ///   - isFirst: Whether `join` still waits for its first frame.
    ///   - state: The game's state so far.
    mutating func take(_ event: SessionEvent, isFirst: Bool, in state: Game.State) -> Game.State? {
        switch event {
        case .joined, .rejoined: return .playing
        case .ticked:
            self.frames += 1
            if isFirst { self.joinOutcome = .success(()) }
        case .event(let event): self.events.append(event)
        case .result(let outcome): self.results.append(outcome)
        case .eventsLost, .noticesDropped, .uplinkGap, .uplinksForgotten: self.missed = true
        case .confirmed, .writeTooLong: break
        case .disconnected(let code, _):
            if isFirst, let code = code.flatMap({ CloseCode(rawValue: $0) }), code.isFull {
                self.joinOutcome = .failure(.refused(code))
            }
            return isFirst ? nil : .reconnecting
        case .seatLost(let code):
            self.isSeatLost = true
            // It was the hello that was refused, and the next one would be too.
            if isFirst, state == .connecting { self.joinOutcome = .failure(.refused(code)) }
            return .seatLost(code)
        case .ended(let code):
            self.isOver = true
            if isFirst { self.joinOutcome = .failure(code.map { .refused($0) } ?? .cancelled) }
            return .ended(code)
        }
        return nil
    }

    func tick(_ replica: Replica, stride: UInt64) -> GameTick {
        GameTick(
            replica: replica, events: self.events, results: self.results, missedEvents: self.missed, framesMerged: self.frames,
            stride: stride
        )
    }
}
