/// How late a relay may be. One bound for both measures: writes are due evenly, so 1 % of the writes is 1 % of the time.
package enum Punctuality {
    /// Maximum share of writes delivered later, and of time spent in frame intervals longer, than two periods of the room. It
    /// fails a p99 beyond two periods, and a relay that stood still once for more than 1 % of the run, which no percentile of
    /// intervals shows.
    static let maximumLate = 0.01

    /// The complaints about lateness, one sentence each.
    ///
    /// - Parameters:
    ///   - stallAfter: How long the relay itself waits for a player before it calls it stalled. No player may wait longer for the
    ///     relay, however long the run. Milliseconds; 0 if unknown.
    package static func complaints(_ durations: MeasuredDurations, stallAfter: Double) -> [String] {
        var texts: [String] = []
        let (delivery, interval) = (durations.delivery, durations.frameInterval)
        if delivery.lateShare > Self.maximumLate {
            let values = delivery.durations.percentiles
            let unseen = delivery.unseen > 0 ? ", \(delivery.unseen) never came" : ""
            texts.append(
                """
                delivery took \(Self.rounded(values.p99)) ms (p99): \(Self.percent(delivery.lateShare)) of the writes took longer than \
                two periods of the room\(unseen)
                """)
        }
        let longest = interval.durations.percentiles.max
        if interval.lateTimeShare > Self.maximumLate {
            texts.append(
                """
                frames came too far apart: \(Self.percent(interval.lateTimeShare)) of the time passed in intervals longer than two \
                periods of the room (p99 \(Self.rounded(interval.durations.milliseconds(at: 99))) ms, longest \(Self.rounded(longest)) ms)
                """)
        } else if stallAfter > 0, longest > stallAfter {
            texts.append("frames came too far apart: a player got none for \(Self.rounded(longest)) ms, longer than stallAfter")
        }
        return texts
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    private static func percent(_ share: Double) -> String { "\(Self.rounded(share * 100)) %" }
}
