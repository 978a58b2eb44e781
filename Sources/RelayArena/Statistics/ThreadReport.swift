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
    var closedByPeer: UInt64 = 0
    var thread: RelayStatistics.Thread

    /// The report of a thread that does not answer: it hangs, or has ended.
    static var silence: ThreadReport {
        var report = ThreadReport(thread: ThreadStatistics().report(OverloadControl(rate: 1), TransportCounters(), closing: 0))
        report.thread.answers = false
        return report
    }
}

extension RelayStatistics.Room {
    init(_ hosted: HostedRoom) {
        self.init(
            name: hosted.route.name, instance: hosted.route.instance.hexadecimal,
            tick: hosted.connected.room.currentTick.rawValue,
            rate: hosted.connected.room.configuration.rate,
            seats: hosted.connected.room.seatReports.map { RelayStatistics.Seat($0) },
            entities: hosted.connected.room.entityCount, stateBytes: hosted.connected.room.stateBytes,
            eventLog: hosted.connected.room.eventCount
        )
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
    }
}

extension RelayStatistics.SeatTotals {
    mutating func add(_ other: RelayStatistics.SeatTotals) {
        self.live += other.live
        self.behind += other.behind
        self.stalled += other.stalled
        self.away += other.away
    }

    mutating func add(_ seat: RelayStatistics.Seat) {
        switch seat.state {
        case "live": self.live += 1
        case "stalled": self.stalled += 1
        default: self.away += 1
        }
        if seat.behind { self.behind += 1 }
    }
}

// Constant strings: interpolating a case asks the runtime for its name, which took longer than a slot for thousands of seats, on
// the thread that ticks.
extension Role {
    fileprivate var word: String {
        switch self {
        case .player: "player"
        case .spectator: "spectator"
        }
    }
}

extension SeatState {
    fileprivate var word: String {
        switch self {
        case .live: "live"
        case .stalled: "stalled"
        case .away: "away"
        case .left: "left"
        }
    }
}

extension RoomInstance {
    /// 32 hexadecimal digits.
    var hexadecimal: String {
        [self.high, self.low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
