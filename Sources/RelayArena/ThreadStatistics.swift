import Histogram
import RelayCore
import RelayWire

/// What an arena thread measures of itself.
struct ThreadStatistics {
    /// Microseconds. A fixed range, so that recording allocates nothing.
    private var slotLateness = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private var frameLateness = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private var slots: UInt64 = 0
    private var ticks: UInt64 = 0
    private var framesSent: UInt64 = 0
    private var bytesSent: UInt64 = 0
    var framesUnfinished: UInt64 = 0
    var uplinksReceived: UInt64 = 0
    /// Connections closed for offences against the transport, by code.
    private var closes: [CloseCode: UInt64] = [:]
    /// Counters of rooms that are gone.
    private(set) var retired = RoomCounters()

    private static let longest: UInt64 = 60_000_000

    mutating func noteSlot(late nanoseconds: UInt64) {
        self.slots += 1
        self.slotLateness.record(min(nanoseconds / 1000, Self.longest))
    }

    mutating func noteTick(frameLate nanoseconds: UInt64) {
        self.ticks += 1
        self.frameLateness.record(min(nanoseconds / 1000, Self.longest))
    }

    mutating func noteFrame(bytes: Int) {
        self.framesSent += 1
        self.bytesSent += UInt64(bytes)
    }

    mutating func noteClose(_ code: CloseCode) { self.closes[code, default: 0] += 1 }

    mutating func retire(_ counters: RoomCounters) { self.retired.add(counters) }

    func closes(_ code: CloseCode) -> UInt64 { self.closes[code] ?? 0 }

    var report: RelayStatistics.Thread {
        RelayStatistics.Thread(
            slots: self.slots, ticks: self.ticks, framesSent: self.framesSent, bytesSent: self.bytesSent,
            uplinksReceived: self.uplinksReceived, slotLateness: Self.percentiles(self.slotLateness),
            frameLateness: Self.percentiles(self.frameLateness)
        )
    }

    private static func percentiles(_ histogram: Histogram<UInt64>) -> RelayStatistics.Percentiles {
        guard histogram.totalCount > 0 else { return RelayStatistics.Percentiles() }
        return RelayStatistics.Percentiles(
            p50: histogram.valueAtPercentile(50), p90: histogram.valueAtPercentile(90), p99: histogram.valueAtPercentile(99),
            p999: histogram.valueAtPercentile(99.9), maximum: histogram.max
        )
    }
}
