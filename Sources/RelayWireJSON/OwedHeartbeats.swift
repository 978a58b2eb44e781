import RelayWire

/// The heartbeats of one read that are still to be answered, each kind once: the latest.
package struct OwedHeartbeats: Sendable, Equatable {
    private var (owesPong, owesThree, owesProbe) = (false, false, false)
    private var echo: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { !(self.owesPong || self.owesThree || self.owesProbe) && self.echo.isEmpty }

    package mutating func add(_ heartbeat: TextHeartbeat, _ text: UnsafeRawBufferPointer) {
        switch heartbeat {
        case .ping: self.owesPong = true
        case .two: self.owesThree = true
        case .twoProbe: self.owesProbe = true
        case .echo: self.echo = Array(text)
        case .pong, .probed: break
        }
    }

    /// The answers as WebSocket frames; nothing is owed afterwards.
    package mutating func takeFrames() -> [UInt8] {
        var frames: [UInt8] = []
        if self.owesPong { WebSocketEncoder.appendServerText("pong", to: &frames) }
        if self.owesThree { WebSocketEncoder.appendServerText("3", to: &frames) }
        if self.owesProbe { WebSocketEncoder.appendServerText("3probe", to: &frames) }
        if !self.echo.isEmpty {
            self.echo.withUnsafeBytes { WebSocketEncoder.appendServerFrame(opcode: .text, payload: $0, to: &frames) }
        }
        self = OwedHeartbeats()
        return frames
    }
}
