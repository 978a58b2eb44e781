import RelayClient

/// Times and bounds of a game.
public struct GameOptions: Sendable, Equatable {
    /// Longest time that `join` takes. Until then it tries again whatever could become better: the relay may be about to start.
    public var joinTimeout: Duration = .seconds(10)
    /// Whom to believe that it is the relay, at a `wss://` address.
    public var trust = TLSTrust.system
    /// Time from the first pending write to the flush that sends it and all writes made until then. Nil if the game calls
    /// ``Game/flush()`` at the end of each of its own ticks, which is better if it has ticks.
    public var flushInterval: Duration? = .milliseconds(16)
    /// Whether the game takes a new seat by itself when the old one is gone (4012–4015).
    public var joinsAgain = false
    /// How far behind the relay's clock ``Game/view(at:)`` draws: at most 2 s. Nil adapts: one and a half tick intervals, and as much as
    /// the arrival of frames was seen to vary. Longer is smoother, shorter is fresher.
    public var interpolationDelay: Duration?
    /// How far ``Game/view(at:)`` may continue a motion for which no newer value came: at most 250 ms. At zero it stands still.
    public var maximumExtrapolation: Duration = .zero
    /// Maximum of events, and of results, kept for a slow consumer of ``Game/ticks``. Over it the oldest are dropped, and
    /// ``GameTick/missedEvents`` is true.
    public var eventBuffer = 1_024
    /// Bounds of the session.
    public var session = SessionOptions()

    public init() {}
}
