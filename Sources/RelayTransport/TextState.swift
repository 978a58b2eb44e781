import RelayWire
import RelayWireJSON

/// What a connection of the JSON form has beyond one of the binary form.
final class TextState {
    /// Its welcome names the room, and its token holds the name.
    let room: String
    let acknowledgement: Acknowledgement
    /// The newest uplink number that it used, or that the welcome named.
    var newestUplink: UInt64 = 0
    /// Text heartbeats to be answered.
    var owed = OwedHeartbeats()
    /// The tick that the newest ping names; none before the first.
    private(set) var pinged = Tick.none
    /// The tick that the next ping has to name: its frame is not sent whole yet.
    var toPing = Tick.none

    init(_ newcomer: Newcomer) {
        self.acknowledgement = newcomer.form.acknowledgement
        switch newcomer.request {
        case .hello(let hello): self.room = hello.room
        case .rejoin(let rejoin, _): self.room = rejoin.room
        }
    }

    /// The ping that names ``toPing``; empty if none is due, or if it is the client that names ticks.
    func takePing() -> [UInt8] {
        guard self.toPing > .none else { return [] }
        (self.pinged, self.toPing) = (self.toPing, .none)
        var frame: [UInt8] = []
        switch self.acknowledgement {
        case .ticks: break
        case .pings: frame = withUnsafeBytes(of: self.pinged.rawValue.littleEndian) { WebSocketEncoder.pingFrame(payload: $0) }
        case .textPings: WebSocketEncoder.appendServerText("ping", to: &frame)
        case .probes: WebSocketEncoder.appendServerText("2probe \(self.pinged.rawValue)", to: &frame)
        }
        return frame
    }

    /// The tick that the answer to a control ping names; nil if the pong is no answer to one of ours.
    func tick(ofPong payload: UnsafeRawBufferPointer) -> Tick? {
        guard self.acknowledgement == .pings, payload.count == 8 else { return nil }
        let tick = Tick(rawValue: UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self)))
        return tick > .none && tick <= self.pinged ? tick : nil
    }

    /// The tick that the answer to a text heartbeat acknowledges; nil if it is no answer to one of ours.
    func tick(of answer: TextHeartbeat) -> Tick? {
        switch (answer, self.acknowledgement) {
        case (.pong, .textPings), (.probed(.none), .probes): self.pinged > .none ? self.pinged : nil
        case (.probed(let tick), .probes): tick <= self.pinged ? tick : nil
        default: nil
        }
    }
}
