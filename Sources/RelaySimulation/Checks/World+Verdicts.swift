import RelayCore
import RelayWire

// Checks what the room says about who lags against what the network really does.
extension World {
    /// Whether a frame may take long on a connection that is not cut off: its client is far away; or its kernel has room for a few
    /// frames at most, so that a slow reader looks like that from here; or the frame did take long, which makes a seat fall behind and no more.
    private func mayBeSlow(_ connection: SimulatedConnection, _ kind: RoomNote.Kind, _ evidence: LagEvidence) -> Bool {
        let way = 2 * connection.latency + self.plan.jitter * 1_000
        let isFar = way > evidence.patience / 2
        let isTight = self.network.window < 4_096
        let tookLong = evidence.heldAtMost != nil || evidence.undeliveredAge != nil
        let isAllowed = way + self.plan.configuration.maximumAckDelay >= evidence.acknowledgementAge
        return isFar || isTight || kind == .behind && (tookLong || isAllowed)
    }

    /// How long a slow channel may keep what it was given. Nanoseconds.
    private var channelDelay: UInt64 { 3_000_000_000 / self.plan.configuration.rate }

    /// Checks a verdict on a seat. Call at the tick at which it was given.
    func checkVerdict(_ note: RoomNote) {
        guard let evidence = note.evidence, note.kind != .late, let seated = self.book.seated[note.seat],
            seated.generation == note.generation, let connection = self.book.connections[seated.connection],
            self.relay.transport(of: seated.connection) != nil
        else { return }
        let judged = LagCause(judging: evidence)
        self.require(judged == note.cause || judged == .unknown, "a verdict of \(judged.name) is given as \(note.cause.name)")
        let cutOffAt = connection.kernel.cutOffAt
        let holds: Bool
        switch judged {
        case .lateTick: holds = evidence.tickLateness > self.plan.configuration.stallAfter / 4
        case .relayBacklog: holds = !connection.held.isEmpty || self.relay.hasFrameRemainder(seated.connection)
        case .network: holds = cutOffAt != nil || self.mayBeSlow(connection, note.kind, evidence)
        // What was handed over behind the cut, no client has. A channel may have passed on the first part of it before.
        case .clientFrozen: holds = cutOffAt.map { note.handedOver.nanoseconds < $0 + self.channelDelay } ?? true
        // Nobody had time to ask, or the overdue frame has left the relay only now.
        case .unknown: holds = evidence.kernel == nil || !evidence.hasOverdueFrame
        case .hidden: holds = self.model.seats[Int(note.seat.rawValue)].isHidden
        case .replaced, .broken: holds = false
        }
        let cut = cutOffAt.map { ", cut off at \($0)" } ?? ""
        self.require(holds, "seat \(note.seat.rawValue) is \(note.kind) by \(note.cause.name)\(cut): \(evidence)")
    }
}
