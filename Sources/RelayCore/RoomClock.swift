import RelayWire

/// When a tick is run: its number, and both clocks.
struct Moment {
    var tick: Tick
    /// Monotonic.
    var now = Instant.zero
    /// Liveness clock: does not run while the process is paused.
    var liveness = Instant.zero
}

/// A room's place in time: its present tick, its stride and its heartbeats.
struct RoomClock {
    /// The tick that is being run, or was run last.
    private(set) var moment: Moment
    /// The shell runs the room at every `stride`-th tick number. Above 1 the relay is overloaded. Clients are told.
    private(set) var stride: UInt64 = 1
    /// The next tick must tell the clients of ``stride``.
    private var strideIsNews = false
    /// Ticks between two heartbeats.
    private let period: UInt64
    private(set) var nextHeartbeat: Tick
    private(set) var isHeartbeat = false
    /// How much later the tick is than it was due after the one before. Nanoseconds, monotonic clock.
    private(set) var lateness: UInt64 = 0
    private let rate: UInt64
    /// From a tick to the next. Nanoseconds.
    private var planned: UInt64

    /// - Parameter phase: Spreads the heartbeats of rooms.
    init(_ configuration: RoomConfiguration, at tick: Tick, phase: UInt64) {
        self.moment = Moment(tick: tick)
        (self.rate, self.planned) = (configuration.rate, 1_000_000_000 / configuration.rate)
        self.period = max(1, configuration.rate * configuration.heartbeatInterval / 1_000_000_000)
        self.nextHeartbeat = tick.advanced(by: 1 + phase % self.period)
    }

    /// Goes on to a tick and decides whether it is a heartbeat.
    mutating func begin(_ moment: Moment) {
        // Before its first tick, and while nobody is there, a room has no deadlines.
        self.lateness = self.moment.now == .zero ? 0 : moment.now.since(self.moment.now.advanced(by: self.planned))
        self.moment = moment
        let isDue = moment.tick >= self.nextHeartbeat
        self.isHeartbeat = isDue || self.strideIsNews
        self.strideIsNews = false
        if isDue {
            let periods = moment.tick.since(self.nextHeartbeat) / self.period + 1
            self.nextHeartbeat = self.nextHeartbeat.advanced(by: periods * self.period)
        }
    }

    /// No tick follows for a while, because nobody is there.
    mutating func rest() { self.moment.now = .zero }

    /// Sets the stride from the next tick on. That tick is a heartbeat and carries it.
    ///
    /// - Parameter stride: 1...4.
    mutating func setStride(_ stride: UInt64) {
        guard stride != self.stride else { return }
        (self.stride, self.strideIsNews) = (stride, true)
        self.planned = stride * 1_000_000_000 / self.rate
    }

    // MARK: Restoring

    mutating func restore(nextHeartbeat: Tick) { self.nextHeartbeat = nextHeartbeat }

    mutating func restore(_ tick: Tick) { self.moment.tick = tick }

    /// Goes on after a restore: the tick after the last one counts as run.
    mutating func resume(at liveness: Instant) {
        self.moment.tick = self.moment.tick.advanced(by: 1)
        self.moment.liveness = liveness
        self.nextHeartbeat = max(self.nextHeartbeat, self.moment.tick)
    }
}
