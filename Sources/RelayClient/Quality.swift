import RelayWire

/// The connection, as a player wants to know it.
public struct Quality: Sendable, Equatable {
    /// The state of the connection.
    public enum State: Sendable, Equatable {
        case connecting
        case connected
        /// The connection is open, but no frame came for about two heartbeats.
        case notResponding
        /// The connection is lost; the next attempt is under way or about to be.
        case reconnecting
        case ended
    }

    public var state: State
    /// Our own smoothed RTT, as measured by the relay at the last heartbeat. Milliseconds; nil if unknown, and for spectators.
    public var rtt: UInt64?
    /// Variation of the frames' arrival (RFC 3550). Milliseconds.
    public var jitter: Double
    /// Why we lag, as the relay has it. ``RelayWire/LagCause/unknown`` also stands for "we do not".
    public var cause: LagCause
    /// Why the connection before this one ended; unknown if there was none.
    public var lastEnd: LagCause
    /// Time since the last frame; nil before the first.
    public var sinceLastFrame: Duration?
    /// Time until the next attempt to reconnect; nil if none is planned.
    public var retryIn: Duration?
    /// 1, or 2 to 4 while the relay is overloaded and runs the room at every second to fourth tick.
    public var stride: UInt64

    /// `Connection OK`, `Server not responding`, …: for the player's eyes.
    public var text: String {
        switch self.state {
        case .connecting: "Connecting …"
        case .connected: "Connection OK"
        case .notResponding: "Server not responding"
        case .reconnecting: "Reconnecting …"
        case .ended: "Disconnected"
        }
    }

    /// Whether a listener is told, because this is not what it was told last.
    package func isNews(after told: Quality) -> Bool {
        (self.state, self.cause, self.rtt, self.stride) != (told.state, told.cause, told.rtt, told.stride)
    }
}

extension Quality: CustomStringConvertible {
    /// The text, and RTT and cause if they are known: `Connection OK, 24 ms`.
    public var description: String {
        var parts = [self.text]
        if self.state == .connected, let rtt { parts.append("\(rtt) ms") }
        if self.cause != .unknown { parts.append(self.cause.sentence) }
        return parts.joined(separator: ", ")
    }
}

extension LagCause {
    /// The cause in words, for the player's eyes. Empty if it is unknown.
    public var sentence: String {
        switch self {
        case .unknown: ""
        case .lateTick: "the server is late"
        case .relayBacklog: "the server is behind"
        case .hidden: "the game was in the background"
        case .network: "the network is slow"
        case .clientFrozen: "this game did not answer"
        case .replaced: "another connection took over"
        case .broken: "the connection broke"
        }
    }
}

extension ClientSession {
    /// The quality of the connection at this moment.
    package func quality(at now: UInt64) -> Quality {
        return Quality(
            state: self.qualityState(at: now), rtt: self.statistics.rtt, jitter: self.statistics.jitter / 1e6,
            cause: self.seat.flatMap { self.replica.player($0) }?.cause ?? .unknown, lastEnd: self.statistics.lastEnd,
            sinceLastFrame: self.statistics.silence(at: now).map(Duration.init(clamping:)),
            retryIn: self.lifecycle.retry.map { Duration(clamping: $0 > now ? $0 - now : 0) }, stride: self.stride
        )
    }

    /// When a connection that is well now would be said not to respond. Nanoseconds; nil if there is none.
    package var silenceDeadline: UInt64? {
        guard self.lifecycle.isJoined, let welcome else { return nil }
        let (heartbeat, patience) = (welcome.timing.heartbeatInterval, welcome.timing.giveUpAfter)
        return self.statistics.lastFrameAt + min(heartbeat * 2, (heartbeat + patience) / 2) * 1_000_000
    }

    private func qualityState(at now: UInt64) -> Quality.State {
        if let deadline = self.silenceDeadline { return now < deadline ? .connected : .notResponding }
        if self.lifecycle.isOver { return .ended }
        return self.statistics.framesApplied > 0 ? .reconnecting : .connecting
    }
}

extension Duration {
    /// Nanoseconds, at most what 63 bits hold.
    fileprivate init(clamping nanoseconds: UInt64) { self = .nanoseconds(Int64(clamping: nanoseconds)) }
}
