import RelayCore
import RelayWire

// Checks what the room says about who lags against what the network really does.
extension World {
    /// Checks a verdict on a seat. Call at the tick at which it was given.
    func checkVerdict(_ note: RoomNote) {
        guard let evidence = note.evidence, note.kind != .late, let seated = self.book.seated[note.seat],
            seated.generation == note.generation, let connection = self.book.connections[seated.connection]
        else { return }
        let cutOffAt = connection.kernel.cutOffAt
        let holds: Bool
        switch note.cause {
        case .lateTick: holds = evidence.tickLateness > self.plan.configuration.stallAfter / 4
        case .relayBacklog: holds = !connection.held.isEmpty || self.relay.hasFrameRemainder(seated.connection)
        // Over a long way frames may be on it for longer than anybody waits.
        case .network: holds = cutOffAt != nil || 2 * connection.latency > evidence.patience / 2
        // What was handed over behind the cut, no client has.
        case .clientFrozen: holds = cutOffAt.map { note.handedOver.nanoseconds < $0 } ?? true
        // Each verdict had a kernel to ask.
        case .unknown: holds = evidence.kernel == nil && note.kind == .behind
        case .hidden, .replaced, .broken: holds = false
        }
        let cut = cutOffAt.map { ", cut off at \($0)" } ?? ""
        self.require(holds, "seat \(note.seat.rawValue) is \(note.kind) by \(note.cause.name)\(cut): \(evidence)")
    }
}
