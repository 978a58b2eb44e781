import RelayWire
import RelayArena
import RelayCore
import Testing

@Suite struct RecentLatenessTests {
    private static func instant(seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9)) }

    @Test("Remembers for 10 to 20 s, then forgets")
    func window() {
        var lateness = RecentLateness()
        lateness.record(2_000_000, at: Self.instant(seconds: 100))
        #expect(lateness.percentiles.maximumMicroseconds == 2_000)
        lateness.record(1_000_000, at: Self.instant(seconds: 110))
        #expect(lateness.percentiles.maximumMicroseconds == 2_000, "a window is over, the one before still counts")
        lateness.record(1_000_000, at: Self.instant(seconds: 120))
        #expect(lateness.percentiles.maximumMicroseconds == 1_000)
    }

    @Test("After a silence nothing old is left")
    func silence() {
        var lateness = RecentLateness()
        lateness.record(2_000_000, at: Self.instant(seconds: 100))
        lateness.record(1_000_000, at: Self.instant(seconds: 130))
        #expect(lateness.percentiles.maximumMicroseconds == 1_000)
    }

    @Test("Both windows count for a percentile")
    func percentiles() {
        var lateness = RecentLateness()
        for _ in 0..<99 { lateness.record(1_000_000, at: Self.instant(seconds: 100)) }
        lateness.record(5_000_000, at: Self.instant(seconds: 111))
        #expect(lateness.percentiles.p50Microseconds == 1_000)
        #expect(lateness.percentiles.p999Microseconds == 5_000)
    }

    @Test("The histogram counts by powers of two, both windows, and ends with its last tick")
    func buckets() {
        var lateness = RecentLateness()
        #expect(lateness.buckets == [])
        for microseconds in [0, 1, 2, 3, 4] as [UInt64] { lateness.record(microseconds * 1000, at: Self.instant(seconds: 100)) }
        lateness.record(1_000_000, at: Self.instant(seconds: 111))
        #expect(lateness.buckets == [1, 1, 2, 1, 0, 0, 0, 0, 0, 0, 1])
    }
}
