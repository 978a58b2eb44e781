/// The durations that a run measures. In JSON each is its percentiles, and figures that percentiles hide.
package struct MeasuredDurations: Encodable, Sendable {
    package var delivery = Deliveries()
    /// Deliveries to and from players during a planned fault or shortly after one.
    package var catchUp = DurationHistogram()
    package var frameInterval = FrameIntervals()
    /// The relay's RTT of each player, sampled at every heartbeat that the player sees. A player who is sent nothing gives no samples
    /// meanwhile.
    package var rtt = HeartbeatRoundTrips()
    /// From the end of a connection to the first frame after it. If none came, the time until the end of the run counts.
    var rejoin = DurationHistogram()

    package init() {}

    enum CodingKeys: String, CodingKey {
        case delivery = "delivery_ms"
        case catchUp = "catchup_ms"
        case frameInterval = "frame_interval_ms"
        case rtt = "rtt_ms"
        case rejoin = "rejoin_ms"
    }
}
