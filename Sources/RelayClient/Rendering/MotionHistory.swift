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

    private var motions: [EntityID: Motion] = [:]
    private var names: Set<String> = []
    /// A value that did not change for longer than these ticks stood still until just before it changed.
    private var restingTicks: UInt64 = 3
    /// The tick recorded last.
    private(set) var newest = Tick.none

    package init() {}

    /// Another room, or none.
    package mutating func restart(rate: UInt64) {
        self.motions.removeAll()
        self.newest = .none
        self.restingTicks = max(1, (rate + 9) / 10)
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
        for entity in replica.entities {
            var motion = Motion(seen: replica.tick)
            // Taken out, so that it is changed in place.
            if let old = self.motions.removeValue(forKey: entity.id), !entity.isMade(after: self.newest) {
                motion.tracks = old.tracks
            }
            for index in indices {
                guard let value = entity.drawableNumber(at: index) else {
                    motion.tracks[index] = nil
                    continue
                }
                motion.tracks[index, default: Track()].record(value, at: replica.tick, resting: self.restingTicks)
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
        guard let cell = self.table.field(name, at: self.position), let number = self.number(in: cell) else { return nil }
        return cell.tag == .integer && number.magnitude > Double(WireLimits.safeInteger) ? nil : number
    }

    fileprivate func isMade(after tick: Tick) -> Bool { tick != .none && self.table.isMade(after: tick, at: self.position) }
}

/// The values of one number at the ticks at which it changed, oldest first.
package struct Track: Sendable {
    package struct Point: Sendable, Equatable {
        package var tick: UInt64
        package var value: Double

        package init(tick: UInt64, value: Double) { (self.tick, self.value) = (tick, value) }
    }

    private static let maximumPoints = 128
    package private(set) var points: [Point] = []

    package init() {}

    /// - Parameter resting: Ticks after which a value that did not change counts as having stood still.
    package mutating func record(_ value: Double, at tick: Tick, resting: UInt64) {
        let tick = tick.rawValue
        if let last = self.points.last {
            guard last.value != value, tick > last.tick else { return }
            if tick - last.tick > resting { self.points.append(Point(tick: tick - 1, value: last.value)) }
        }
        self.points.append(Point(tick: tick, value: value))
        if self.points.count > Self.maximumPoints { self.points.removeFirst(Self.maximumPoints / 2) }
    }

    /// The value at a tick; nil if there is none.
    ///
    /// - Parameters:
    ///   - newest: The newest frame's tick: a value that it did not change rests.
    ///   - ahead: Ticks for which a motion may be continued.
    package func value(at tick: Double, _ kind: Interpolation, newest: Tick, ahead: Double) -> Double? {
        guard var after = self.points.indices.last else { return nil }
        while after > 0, Double(self.points[after - 1].tick) > tick { after -= 1 }
        guard after > 0 else { return self.points[0].value }
        let (from, to) = (self.points[after - 1], self.points[after])
        let isMoving = newest.rawValue <= self.points[self.points.count - 1].tick
        let until = min(tick, Double(self.points[self.points.count - 1].tick) + (isMoving ? ahead : 0))
        let part = (until - Double(from.tick)) / Double(to.tick - from.tick)
        return between(from.value, to.value, part, kind)
    }
}

/// - Parameter part: 0 to 1, or above to go on.
private func between(_ from: Double, _ to: Double, _ part: Double, _ kind: Interpolation) -> Double {
    var way = to - from
    switch kind {
    case .step: return part < 1 ? from : to
    case .angle: way -= 2 * .pi * (way / (2 * .pi)).rounded()
    case .linear: break
    }
    return from + way * part
}
