import RelayWire

/// The numbers of the last ticks, for drawing between them. Only fields that somebody draws are recorded.
package struct MotionHistory: Sendable {
    /// The recorded fields of one entity.
    private struct Motion: Sendable {
        var tracks: [NameIndex: Track] = [:]
        /// The tick at which the entity was last there.
        var seen: Tick
    }

    /// Bound on the names that are recorded, as on the names of a room.
    private static let maximumNames = WireLimits.names
    /// Bound on the points of all fields together (at most 64 MiB). What is beyond it is drawn as it is.
    private static let maximumPoints = 1 << 21

    private var motions: [EntityID: Motion] = [:]
    private var names: Set<String> = []
    /// A value that did not change for longer than these ticks stood still until just before it changed.
    private var restingTicks: UInt64 = 3
    /// Points kept of a field: those of three seconds, for a delay may be two.
    private var kept = 90
    /// The tick recorded last.
    private(set) var newest = Tick.none

    package init() {}

    /// Another room, or none.
    package mutating func restart(rate: UInt64) {
        self.motions.removeAll()
        self.newest = .none
        (self.restingTicks, self.kept) = (max(1, (rate + 9) / 10), Int(min(max(rate, 1), 240)) * 3)
    }

    func records(_ name: String) -> Bool { self.names.contains(name) }

    /// Records the numbers of these names from now on.
    package mutating func record(_ names: Set<String>) {
        for name in names where self.names.count < Self.maximumNames { self.names.insert(name) }
    }

    /// Records the numbers of a frame. An entity that was removed and made anew begins anew: it is elsewhere at once.
    ///
    /// - Complexity: O(entities · recorded names).
    package mutating func record(_ replica: Replica) {
        let indices = self.names.compactMap { replica.names.index(of: $0) }
        guard !indices.isEmpty else { return }
        var room = Self.maximumPoints / self.kept
        for entity in replica.entities {
            var motion = Motion(seen: replica.tick)
            // Taken out, so that it is changed in place.
            if let old = self.motions.removeValue(forKey: entity.id), !entity.isMade(after: self.newest) {
                motion.tracks = old.tracks
            }
            for index in indices {
                guard room > 0, let value = entity.drawableNumber(at: index) else {
                    motion.tracks[index] = nil
                    continue
                }
                room -= 1
                motion.tracks[index, default: Track()].record(
                    value, at: replica.tick, resting: self.restingTicks, keeping: self.kept)
            }
            self.motions[entity.id] = motion
        }
        if self.motions.count > replica.entityCount { self.motions = self.motions.filter { $0.value.seen == replica.tick } }
        self.newest = replica.tick
    }

    /// The value to draw; nil if nothing is recorded.
    func value(of entity: EntityID, at name: NameIndex, _ tick: Double, _ kind: Interpolation, ahead: Double) -> Double? {
        self.motions[entity]?.tracks[name]?.value(at: tick, kind, newest: self.newest, ahead: ahead)
    }
}

extension Entity {
    /// A number that a double holds exactly.
    fileprivate func drawableNumber(at name: NameIndex) -> Double? {
        guard let cell = self.table.field(name, at: self.position), let number = self.names.number(in: cell) else { return nil }
        return cell.tag == .integer && number.magnitude > Double(WireLimits.safeInteger) ? nil : number
    }

    fileprivate func isMade(after tick: Tick) -> Bool { tick != .none && self.table.isMade(after: tick, at: self.position) }
}
