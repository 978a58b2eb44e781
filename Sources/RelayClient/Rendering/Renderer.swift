import RelayWire

/// Follows a session's frames, and says what to draw at an instant. Milliseconds of any one clock.
package struct Renderer: Sendable {
    package var clock: RenderClock
    /// How far a motion may be continued for which no newer value came.
    private let maximumExtrapolation: Double
    private var history = MotionHistory()
    private let wanted = WantedNames()
    private var instance: RoomInstance?
    private var seat: SeatNumber?
    private var newest = Tick.none

    package init(delay: Double?, maximumExtrapolation: Double) {
        (self.clock, self.maximumExtrapolation) = (RenderClock(delay: delay), maximumExtrapolation)
    }

    /// A message came. Records its frame if it was one.
    package mutating func observe(_ session: borrowing ClientSession, at now: Double) {
        if session.welcome?.instance != self.instance || session.seat != self.seat { self.restart(session) }
        let tick = session.replica.tick
        guard tick != self.newest, tick != .none else { return }
        self.newest = tick
        self.clock.arrived(tick, stride: session.stride, at: now)
        self.history.record(self.wanted.take())
        self.history.record(session.replica)
    }

    private mutating func restart(_ session: borrowing ClientSession) {
        (self.instance, self.seat, self.newest) = (session.welcome?.instance, session.seat, .none)
        guard let rate = session.welcome?.rate else { return }
        self.clock.restart(rate: rate)
        self.history.restart(rate: rate)
    }

    /// The room as it is drawn at an instant.
    package mutating func view(_ session: borrowing ClientSession, at now: Double) -> RoomView {
        let drawing = Drawing(
            tick: self.clock.tick(at: now), ahead: self.maximumExtrapolation / self.clock.period, history: self.history,
            wanted: self.wanted
        )
        return RoomView(replica: session.replica, seat: session.seat, drawing: drawing)
    }
}
