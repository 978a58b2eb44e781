import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

/// One thread's part of the statistics.
package struct ThreadReport: Sendable {
    var rooms: [RelayStatistics.Room] = []
    var seats = RelayStatistics.SeatTotals()
    var connections = 0
    var counters = RoomCounters()
    /// Connections closed by the thread and not by a room, in the order of ``CloseCode/allCases``.
    var transportCloses: [UInt64] = []
    var framesUnfinished: UInt64 = 0
    var ticksNotJournaled: UInt64 = 0
    var roomsEvicted: UInt64 = 0
    var roomsClosed: UInt64 = 0
    var closedByPeer: UInt64 = 0
    private var counts: RelayStatistics.Thread
    /// Copied by the thread, evaluated by who reads the report: a copy takes some microseconds, percentiles a millisecond.
    private let slotLateness: RecentLateness
    private let frameLateness: RecentLateness

    init(_ statistics: ThreadStatistics, _ overload: OverloadControl, _ transport: TransportCounters, closing: Int) {
        self.counts = statistics.report(overload, transport, closing: closing)
        (self.slotLateness, self.frameLateness) = (statistics.slotLateness, statistics.frameLateness)
    }

    /// The thread itself. Takes a millisecond: not for a thread that ticks.
    var thread: RelayStatistics.Thread {
        var thread = self.counts
        (thread.slotLateness, thread.frameLateness) = (self.slotLateness.percentiles, self.frameLateness.percentiles)
        thread.frameLatenessBuckets = self.frameLateness.buckets
        return thread
    }

    /// The report of a thread that does not answer: it hangs, or has ended.
    static var silence: ThreadReport {
        var report = ThreadReport(ThreadStatistics(), OverloadControl(rate: 1), TransportCounters(), closing: 0)
        report.counts.answers = false
        return report
    }
}

extension RelayStatistics.Room {
    /// - Parameter everySeat: Whether all seats are listed, or only the first that are not well.
    init(_ hosted: HostedRoom, everySeat: Bool) {
        self.init(
            name: hosted.route.name, instance: hosted.route.instance.hexadecimal,
            tick: hosted.connected.room.currentTick.rawValue,
            rate: hosted.connected.room.configuration.rate,
            seats: [], entities: hosted.connected.room.entityCount, stateBytes: hosted.connected.room.stateBytes,
            eventLog: hosted.connected.room.eventCount
        )
        if hosted.connected.room.hasCard { self.card = RelayStatistics.Card(hosted.connected.room.listing) }
        (self.type, self.stride) = (hosted.type.room.type, hosted.connected.room.stride)
        let reports = hosted.connected.room.seatReports
        self.summarize(reports)
        for report in reports where everySeat || (!report.isWell && self.seats.count < RelayStatistics.overviewSeats) {
            var seat = RelayStatistics.Seat(report)
            seat.name = seat.name ?? hosted.connected.room.playerName(of: report.number)
            seat.peer = hosted.connected.peer(of: report.number)
            self.seats.append(seat)
        }
    }

    private mutating func summarize(_ seats: [SeatReport]) {
        for seat in seats {
            self.totals.add(seat)
            if seat.role == .spectator { self.spectators += 1 }
        }
        let trips = seats.compactMap(\.roundTrip.smoothed).sorted()
        guard let worst = trips.last else { return }
        (self.medianRttMicroseconds, self.worstRttMicroseconds) = (trips[(trips.count - 1) / 2], worst)
    }
}

extension ArenaThread {
    /// Counts the RTT of each connected seat: for a heartbeat, which comes about once a second.
    func recordRoundTrips(of hosted: HostedRoom) {
        hosted.connected.room.forEachRoundTrip { self.statistics.recordRoundTrip(microseconds: $0) }
    }
}

extension SeatReport {
    /// Has a connection, and keeps up.
    fileprivate var isWell: Bool { self.state == .live && !self.isBehind }
}

extension Room {
    /// The field `name` of the entity 0 of a player, where clients put what people call them.
    fileprivate func playerName(of seat: SeatNumber) -> String? {
        guard !seat.isSpectator, case .string(let name)? = self.value(EntityID(seat, 0), "name") else { return nil }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(RelayStatistics.Seat.longestName)))
    }
}

extension RelayStatistics.Seat {
    fileprivate init(_ seat: SeatReport) {
        let sampled = seat.roundTrip.samples > 0
        self.init(
            seat: seat.number.rawValue, role: seat.role.word, state: seat.state.word, behind: seat.isBehind,
            cause: seat.cause == .unknown ? nil : seat.cause.name, rttMicroseconds: seat.roundTrip.smoothed,
            minimumRttMicroseconds: seat.roundTrip.minimum,
            jitterMicroseconds: sampled ? seat.roundTrip.jitter : nil, generation: seat.generation,
            lastUplink: seat.lastUplink,
            kernel: seat.kernel.map { kernel in
                RelayStatistics.KernelSample(
                    rttMicroseconds: UInt32(clamping: kernel.rtt), retransmits: UInt32(clamping: kernel.retransmits),
                    unacked: UInt32(clamping: kernel.unackedSegments), notSentBytes: UInt32(clamping: kernel.notSentBytes),
                    congestionWindow: UInt32(clamping: kernel.congestionWindow)
                )
            }
        )
        self.hidden = seat.isHidden
        self.player = seat.identity?.player
        if let name = seat.identity?.name, !name.isEmpty { self.name = name }
        self.acknowledgementAgeMicroseconds = seat.acknowledgementAge.map { $0 / 1000 }
    }
}

extension RelayStatistics.SeatTotals {
    mutating func add(_ other: RelayStatistics.SeatTotals) {
        self.live += other.live
        self.behind += other.behind
        self.stalled += other.stalled
        self.away += other.away
    }

    mutating func add(_ seat: SeatReport) {
        switch seat.state {
        case .live: self.live += 1
        case .stalled: self.stalled += 1
        case .away, .left: self.away += 1
        }
        if seat.isBehind { self.behind += 1 }
    }
}

// Constant strings: interpolating a case asks the runtime for its name, which took longer than a slot for thousands of seats, on
// the thread that ticks.
extension Role {
    var word: String {
        switch self {
        case .player: "player"
        case .spectator: "spectator"
        }
    }
}

extension SeatState {
    var word: String {
        switch self {
        case .live: "live"
        case .stalled: "stalled"
        case .away: "away"
        case .left: "left"
        }
    }
}
