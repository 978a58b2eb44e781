import RelayCore

// Rooms are looked over in turn, a little at a time, for what can only be our own mistake.
extension ArenaThread {
    /// The shortest time between two audits, nanoseconds, and so many times what the last one took: half a percent at most.
    private static let auditPause: UInt64 = 20_000_000
    private static let auditShare: UInt64 = 200

    /// Looks one room over. A broken invariant is told, and the pulse tells the watchdog: what else is wrong nobody knows, and
    /// the next process has the rooms as they were journaled.
    func auditOne(of group: TickGroup) {
        let start = Clock.monotonic()
        guard !group.rooms.isEmpty else { return }
        self.audited += 1
        let hosted = group.rooms[self.audited % group.rooms.count]
        if let broken = hosted.room.brokenInvariant(), !self.isBroken {
            self.isBroken = true
            self.notes.write(.critical, "an invariant is broken: \(broken)", ["kind": "invariant"], in: hosted.route)
            self.mailbox.pulse.store(Arena.brokenPulse, ordering: .relaxed)
        }
        let end = Clock.monotonic()
        self.nextAudit = end.advanced(by: max(Self.auditPause, end.since(start) * Self.auditShare))
    }
}
