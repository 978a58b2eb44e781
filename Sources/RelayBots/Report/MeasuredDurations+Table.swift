extension MeasuredDurations {
    /// For people: titles, and a line of percentiles for each of them. Milliseconds.
    package var table: [String] {
        [
            Self.row("milliseconds", ["p50", "p90", "p99", "p999", "max"], "count"),
            Self.row("delivery", self.delivery.durations.percentiles), Self.row("catch-up", self.catchUp.percentiles),
            Self.row("frame interval", self.frameInterval.durations.percentiles),
            Self.row("rtt, whole ms", self.rtt.percentiles) { "\(UInt64($0))" }, Self.row("rejoin", self.rejoin.percentiles),
        ]
    }

    private static func row(
        _ name: String, _ values: Percentiles, _ text: (Double) -> String = { "\(($0 * 100).rounded() / 100)" }
    ) -> String {
        guard values.count > 0 else { return self.row(name, [], "-") }
        return self.row(name, [values.p50, values.p90, values.p99, values.p999, values.max].map(text), "\(values.count)")
    }

    private static func row(_ name: String, _ cells: [String], _ last: String) -> String {
        name.padded(to: 16) + cells.map { $0.padded(to: 10) }.joined() + last
    }
}

extension String {
    /// One space at least.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - self.count)) }
}
