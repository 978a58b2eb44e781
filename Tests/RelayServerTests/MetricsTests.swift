import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("Metrics")
struct MetricsTests {
    /// Everything that `/stats` may count.
    static let counters =
        FrontDoorCounters.Reason.allCases.map(\.rawValue) + TicketFault.allCases.map { "ticket.\($0.rawValue)" }
        + RoomCounter.allCases.map { "\($0)" } + CloseCode.allCases.map { "closed.\($0.name)" }
        + LagCause.allCases.filter(\.isVerdict).flatMap { ["behind.\($0.name)", "stalled.\($0.name)", "dropped.\($0.name)"] }
        + ["framesUnfinished", "ticksNotJournaled", "roomsEvicted", "roomsClosed", "closedByPeer", "logLinesLost"]

    private static func exposition(_ counters: [String: UInt64], threads: [RelayStatistics.Thread] = []) -> [Substring] {
        RelayStatistics(counters: counters, threads: threads).exposition.split(separator: "\n")
    }

    @Test("Each counter of /stats is one sample, and no two are the same")
    func complete() {
        let values = Dictionary(uniqueKeysWithValues: Self.counters.enumerated().map { ($1, UInt64($0) + 1_000_000) })
        let lines = Self.exposition(values).filter { !$0.hasPrefix("#") }
        let told = lines.compactMap { UInt64($0.split(separator: " ").last ?? "") }.filter { $0 >= 1_000_000 }
        #expect(told.sorted() == values.values.sorted())
        #expect(Set(lines.map { $0.split(separator: " ").first }).count == lines.count)
    }

    @Test(
        "A counter that has not counted is 0, and not missing", arguments: ["joins_total", "refusals_total{reason=\"bad_url\"}"])
    func zero(_ series: String) { #expect(Self.exposition([:]).contains("tickrelay_\(series) 0")) }

    @Test(
        "Names and labels are those of Prometheus",
        arguments: [
            ("ticket.badSignature", "ticket_refusals_total{reason=\"bad_signature\"}"),
            ("closed.relayFull", "connections_closed_total{reason=\"relay_full\"}"),
            ("refusedNearCapacity", "refusals_total{reason=\"near_capacity\"}"),
            ("stalled.clientFrozen", "stalls_by_cause_total{cause=\"client_frozen\"}"),
            ("framesDelta", "frames_total{kind=\"delta\"}"), ("logLinesLost", "log_lines_lost_total"),
        ])
    func names(_ counter: String, _ series: String) {
        #expect(Self.exposition([counter: 7]).contains("tickrelay_\(series) 7"))
    }

    @Test("A histogram counts what is below each bound, and all of it at the end")
    func histogram() {
        var thread = RelayStatistics.Thread(
            slots: 1, ticks: 4, framesSent: 1, bytesSent: 1, uplinksReceived: 1, closing: 0,
            slotLateness: RelayStatistics.Percentiles(), frameLateness: RelayStatistics.Percentiles())
        for lateness: UInt64 in [0, 63, 64, 1_500_000, .max / 2] { thread.frameLatenessTotals.add(microseconds: lateness) }
        let lines = Self.exposition([:], threads: [thread])
        let name = "tickrelay_tick_lateness_seconds"
        for (bound, count) in [("6.4e-05", 2), ("0.000128", 3), ("1.048576", 3), ("2.097152", 4), ("16.777216", 4), ("+Inf", 5)] {
            #expect(lines.contains("\(name)_bucket{le=\"\(bound)\"} \(count)"))
        }
        #expect(lines.contains("\(name)_count 5"))
    }

    @Test("There are fewer than two thousand series, however many threads there are, and the histograms are of all of them")
    func bounded() {
        var thread = RelayStatistics.Thread(
            slots: 1, ticks: 1, framesSent: 1, bytesSent: 1, uplinksReceived: 1, closing: 0,
            slotLateness: RelayStatistics.Percentiles(), frameLateness: RelayStatistics.Percentiles())
        thread.turnTotals.add(microseconds: 100)
        thread.roundTripTotals.add(microseconds: 40_000)
        let lines = Self.exposition([:], threads: Array(repeating: thread, count: 64)).filter { !$0.hasPrefix("#") }
        #expect(lines.count < 2000)
        #expect(lines.contains("tickrelay_tick_duration_seconds_count 64") && lines.contains("tickrelay_rtt_seconds_sum 2.56"))
    }

    @Test("Nothing but a count and its labels gets into a line: what could end one is escaped")
    func escapes() {
        let lines = Self.exposition(["closed.a\"b\\c\nd": 1])
        #expect(lines.contains(#"tickrelay_connections_closed_total{reason="a\"b\\c\nd"} 1"#))
    }
}
