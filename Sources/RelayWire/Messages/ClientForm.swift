/// How bytes are written: which form of the protocol a client speaks.
package enum WireForm: UInt8, Sendable, CaseIterable {
    /// `tickrelay.v1`.
    case binary
    /// `tickrelay.v1.json`.
    case json
}

/// What tells the relay that a client has a frame: SPEC section 7, and 18 for all but the first.
package enum Acknowledgement: UInt8, Sendable, CaseIterable {
    /// The client names the tick.
    case ticks
    /// Its library answers an RFC 6455 ping, which stands right behind the frame.
    case pings
    /// It answers the text `ping` with `pong`, at each heartbeat.
    case textPings
    /// It answers `2probe TICK` with `3probe TICK`, at each heartbeat.
    case probes

    /// Whether the relay asks at heartbeats alone.
    package var isByHeartbeat: Bool { self == .textPings || self == .probes }
}

/// How a client speaks.
package struct ClientForm: Sendable, Hashable {
    package var wire: WireForm
    package var acknowledgement: Acknowledgement
    /// A client of the binary form takes `players` messages. One of the JSON form reads the roster.
    package var takesPlayers = false

    package static let binary = ClientForm(wire: .binary, acknowledgement: .ticks)

    package static func json(_ acknowledgement: Acknowledgement) -> ClientForm {
        ClientForm(wire: .json, acknowledgement: acknowledgement)
    }
}
