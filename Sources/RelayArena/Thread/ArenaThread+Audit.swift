import RelayClocks
import RelayCore
import RelayHosting

// The audit: checks the rooms in turn, one at a time, for broken invariants, which can only be bugs of ours.
extension ArenaThread {
    /// The pause between two audits, nanoseconds: at least this, and at least `auditShare` times the duration of the last one, so
    /// that audits take at most half a percent of the time.
    private static let auditPause: UInt64 = 20_000_000
    private static let auditShare: UInt64 = 200

    /// Checks one room. A broken invariant is logged, and the pulse has the watchdog end the process: nothing else in it can be
    /// trusted any more, and the next process restores the rooms from their journals.
    func auditOne(of slot: TickSlot) {
        let start = Clock.monotonic()
        guard !slot.rooms.isEmpty else { return }
        self.audited += 1
        let hosted = slot.rooms[self.audited % slot.rooms.count]
        if let broken = hosted.connected.room.brokenInvariant(), !self.isBroken {
            self.isBroken = true
            self.notes.writeLast("an invariant is broken: \(broken)", ["kind": "invariant"], in: hosted.route)
            self.mailbox.pulse.store(Pulse.broken, ordering: .relaxed)
        }
        let end = Clock.monotonic()
        self.nextAudit = end.advanced(by: max(Self.auditPause, end.since(start) * Self.auditShare))
    }
}
