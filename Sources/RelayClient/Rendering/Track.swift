import RelayWire

/// The values of one number at the ticks at which it changed, oldest first.
package struct Track: Sendable {
    /// A value, from a tick on.
    package struct Point: Sendable, Equatable {
        package var tick: UInt64
        package var value: Double

        package init(tick: UInt64, value: Double) { (self.tick, self.value) = (tick, value) }
    }

    package private(set) var points: [Point] = []

    package init() {}

    /// - Parameters:
    ///   - resting: Ticks after which a value that did not change counts as having stood still.
    ///   - count: Points to keep; up to twice as many are there.
    package mutating func record(_ value: Double, at tick: Tick, resting: UInt64, keeping count: Int) {
        let tick = tick.rawValue
        if let last = self.points.last {
            guard last.value != value, tick > last.tick else { return }
            if tick - last.tick > resting { self.points.append(Point(tick: tick - 1, value: last.value)) }
        }
        self.points.append(Point(tick: tick, value: value))
        if self.points.count >= count * 2 { self.points.removeFirst(self.points.count - count) }
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
