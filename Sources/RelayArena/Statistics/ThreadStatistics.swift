import RelayWire
import Histogram
import RelayCore
import RelayHosting
import RelayTransport

/// An arena thread's measurements of itself.
struct ThreadStatistics {
    private(set) var slotLateness = RecentLateness()
    private(set) var frameLateness = RecentLateness()
    private var frameLatenessTotals = RelayStatistics.DurationTotals()
    private var turnTotals = RelayStatistics.DurationTotals()
    private var roundTripTotals = RelayStatistics.DurationTotals()
    /// Frame lateness since the last summary, microseconds. Coarse, because people read it and asking must be cheap.
    private var sinceSummary = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .two)
    private var slots: UInt64 = 0
    private var ticks: UInt64 = 0
    /// Ticks of rooms that still waited for a file.
    var ticksNotJournaled: UInt64 = 0
    var roomsEvicted: UInt64 = 0
    var roomsClosed: UInt64 = 0
    /// Counters of rooms that are gone.
    private(set) var retired = RoomCounters()

    private static let longest: UInt64 = 60_000_000

    mutating func recordSlot(late nanoseconds: UInt64, at now: Instant) {
        self.slots += 1
        self.slotLateness.record(nanoseconds, at: now)
    }

    /// - Parameters:
    ///   - nanoseconds: The end of a room's turn − its deadline.
    ///   - turn: How long the turn took, nanoseconds.
    mutating func recordTick(frameLate nanoseconds: UInt64, turn: UInt64, at now: Instant) {
        self.ticks += 1
        self.turnTotals.add(microseconds: turn / 1000)
        self.frameLateness.record(nanoseconds, at: now)
        self.frameLatenessTotals.add(microseconds: nanoseconds / 1000)
        self.sinceSummary.record(min(nanoseconds / 1000, Self.longest))
    }

    mutating func recordRoundTrip(microseconds: UInt64) { self.roundTripTotals.add(microseconds: microseconds) }

    /// 99th percentile of frame lateness since this was asked last, microseconds; nil without a tick.
    mutating func takeRecentLateness() -> UInt64? {
        guard self.sinceSummary.totalCount > 0 else { return nil }
        defer { self.sinceSummary.reset() }
        return self.sinceSummary.valueAtPercentile(99)
    }

    mutating func retire(_ counters: RoomCounters) { self.retired.add(counters) }

    /// Without lateness, which takes too long: ``ThreadReport/thread`` adds it.
    func report(_ overload: OverloadControl, _ transport: TransportCounters, closing: Int) -> RelayStatistics.Thread {
        var thread = RelayStatistics.Thread(
            overloaded: overload.isOverloaded, stride: overload.stride, busyPermille: overload.busyPermille,
            slots: self.slots, ticks: self.ticks, framesSent: transport.framesSent, bytesSent: transport.bytesSent,
            uplinksReceived: transport.uplinksReceived, closing: closing,
            slotLateness: RelayStatistics.Percentiles(), frameLateness: RelayStatistics.Percentiles()
        )
        thread.frameLatenessTotals = self.frameLatenessTotals
        (thread.turnTotals, thread.roundTripTotals) = (self.turnTotals, self.roundTripTotals)
        return thread
    }
}
