/// The relay's figures at one moment: the content of `/stats`.
///
/// Durations are microseconds and say so in their names. No token is in here; the addresses of players are.
package struct RelayStatistics: Codable, Sendable {
    /// Rooms, by name.
    package var rooms: [Room]
    /// How many there are, where not all are in ``rooms``.
    package var roomCount: Int?
    /// Seats of all rooms by state.
    package var seats: SeatTotals
    /// Open connections that the arena holds.
    package var connections: Int
    /// Events by reason, since the start; close codes under their ``CloseCode/name``.
    package var counters: [String: UInt64]
    /// Arena threads, by index.
    package var threads: [Thread]
    /// Bans by operators that have not ended; nil where nobody counts them.
    package var bans: Int?
    /// The process; nil where nobody measures it.
    package var relay: Process?
    /// Nil where rooms do not outlive the process.
    package var journal: Journal?
    /// Nil where nobody watches the threads.
    package var watchdog: Watchdog?
    /// Nil without a listener that encrypts.
    package var tls: TLS?
    /// Nil where nobody looks for rooms.
    package var lobby: Lobby?

    package init(
        rooms: [Room] = [], seats: SeatTotals = SeatTotals(), connections: Int = 0, counters: [String: UInt64] = [:],
        threads: [Thread] = []
    ) {
        (self.rooms, self.seats, self.connections) = (rooms, seats, connections)
        (self.counters, self.threads) = (counters, threads)
    }
}

extension RelayStatistics {
    /// One room.
    package struct Room: Codable, Sendable {
        package var name: String
        /// The name of its type.
        package var type = "default"
        /// 32 hexadecimal digits.
        package var instance: String
        /// What it says of itself; nil if it has no card and nobody is expected.
        package var card: Card?
        /// Newest tick run.
        package var tick: UInt64
        /// Ticks per second.
        package var rate: UInt64
        /// 1 normally; more while its thread is overloaded.
        package var stride: UInt64 = 1
        /// Index of its arena thread.
        package var thread: Int = 0
        /// Players, then spectators, by seat number. In an overview only some of those that are not well.
        package var seats: [Seat]
        /// All seats by state.
        package var totals = SeatTotals()
        /// How many of them are spectators.
        package var spectators = 0
        /// Of the smoothed RTTs of its seats; nil before the first sample.
        package var medianRttMicroseconds: UInt64?
        package var worstRttMicroseconds: UInt64?
        package var entities: Int
        /// As SPEC section 13 counts it.
        package var stateBytes: Int
        /// Entries in the event log.
        package var eventLog: Int

        package init(
            name: String, instance: String, tick: UInt64, rate: UInt64, seats: [Seat], entities: Int, stateBytes: Int,
            eventLog: Int
        ) {
            (self.name, self.instance, self.tick, self.rate) = (name, instance, tick, rate)
            (self.seats, self.entities, self.stateBytes, self.eventLog) = (seats, entities, stateBytes, eventLog)
        }
    }

    /// One seat.
    package struct Seat: Codable, Sendable {
        package var seat: UInt16
        /// `player` or `spectator`.
        package var role: String
        /// `live`, `stalled` or `away`.
        package var state: String
        /// Sent nothing until its acknowledgement advances.
        package var behind: Bool
        /// Its client says that nobody sees its page: it gets heartbeats alone.
        package var hidden = false
        /// Why it is behind, stalled or away; nil while it is none of them, or if nobody knows.
        package var cause: String?
        /// Smoothed; nil before the first sample.
        package var rttMicroseconds: UInt64?
        /// Minimum of the window.
        package var minimumRttMicroseconds: UInt64?
        package var jitterMicroseconds: UInt64?
        package var generation: UInt64
        /// Newest uplink number applied.
        package var lastUplink: UInt64
        /// Nil without a connection, or before the first sample.
        package var kernel: KernelSample?
        /// That of its ticket, else the field `name` of its entity 0, cut to ``longestName``.
        package var name: String?
        /// The id of its ticket.
        package var player: String?
        /// The client's address and port; nil without a connection.
        package var peer: String?
        /// Age of the oldest frame that it has not acknowledged, on the liveness clock; nil if there is none.
        package var acknowledgementAgeMicroseconds: UInt64?

        /// Unicode scalars.
        package static let longestName = 48

        package init(
            seat: UInt16, role: String, state: String, behind: Bool, cause: String?, rttMicroseconds: UInt64?,
            minimumRttMicroseconds: UInt64?, jitterMicroseconds: UInt64?, generation: UInt64, lastUplink: UInt64,
            kernel: KernelSample?
        ) {
            (self.seat, self.role, self.state, self.behind, self.cause) = (seat, role, state, behind, cause)
            (self.rttMicroseconds, self.minimumRttMicroseconds) = (rttMicroseconds, minimumRttMicroseconds)
            (self.jitterMicroseconds, self.generation) = (jitterMicroseconds, generation)
            (self.lastUplink, self.kernel) = (lastUplink, kernel)
        }
    }

    /// The latest TCP_INFO.
    package struct KernelSample: Codable, Sendable {
        /// Smoothed, the kernel's own.
        package var rttMicroseconds: UInt32
        /// Segments sent again since the connection began.
        package var retransmits: UInt32
        /// Segments sent and not acknowledged.
        package var unacked: UInt32
        /// Bytes queued and never sent.
        package var notSentBytes: UInt32
        /// Congestion window, segments.
        package var congestionWindow: UInt32

        package init(
            rttMicroseconds: UInt32, retransmits: UInt32, unacked: UInt32, notSentBytes: UInt32, congestionWindow: UInt32
        ) {
            (self.rttMicroseconds, self.retransmits, self.unacked) = (rttMicroseconds, retransmits, unacked)
            (self.notSentBytes, self.congestionWindow) = (notSentBytes, congestionWindow)
        }
    }

    /// Seats by state.
    package struct SeatTotals: Codable, Sendable {
        package var live: Int
        package var behind: Int
        package var stalled: Int
        package var away: Int

        /// `behind` counts seats that are also counted as live or stalled.
        package init(live: Int = 0, behind: Int = 0, stalled: Int = 0, away: Int = 0) {
            (self.live, self.behind, self.stalled, self.away) = (live, behind, stalled, away)
        }
    }

    /// One arena thread: counts since the start, lateness over the last 10 to 20 s.
    package struct Thread: Codable, Sendable {
        /// False if it hangs, or has ended: then nothing is known of its rooms, and every count is 0.
        package var answers: Bool
        /// It cannot hold its ticks, and takes no newcomers.
        package var overloaded: Bool
        /// Its rooms run at every stride-th tick number: 1 normally, 2...4 under overload.
        package var stride: UInt64
        /// Share of the last half second in which it had work, or waited for a core.
        package var busyPermille: UInt64
        package var slots: UInt64
        package var ticks: UInt64
        package var framesSent: UInt64
        package var bytesSent: UInt64
        package var uplinksReceived: UInt64
        /// Connections that were closed and have not ended yet: they still take a descriptor each.
        package var closing: Int
        /// Slot start − deadline.
        package var slotLateness: Percentiles
        /// A room's last send − its deadline.
        package var frameLateness: Percentiles
        /// The same as a histogram: entry i counts ticks of less than 2^i µs and of no less than half that; no zeros at the end.
        package var frameLatenessBuckets: [UInt64] = []
        /// Those of all ticks since the start.
        package var frameLatenessTotals = DurationTotals()
        /// What a room's turn took, from the first read to the last send.
        package var turnTotals = DurationTotals()
        /// The smoothed RTT of each connected seat at each heartbeat of its room.
        package var roundTripTotals = DurationTotals()

        package init(
            answers: Bool = true, overloaded: Bool = false, stride: UInt64 = 1, busyPermille: UInt64 = 0, slots: UInt64,
            ticks: UInt64, framesSent: UInt64, bytesSent: UInt64,
            uplinksReceived: UInt64, closing: Int, slotLateness: Percentiles, frameLateness: Percentiles
        ) {
            (self.answers, self.overloaded, self.stride, self.busyPermille) = (answers, overloaded, stride, busyPermille)
            (self.slots, self.ticks, self.framesSent, self.bytesSent) = (slots, ticks, framesSent, bytesSent)
            (self.uplinksReceived, self.closing) = (uplinksReceived, closing)
            (self.slotLateness, self.frameLateness) = (slotLateness, frameLateness)
        }
    }

    /// Every duration of a kind since the start. Adding one allocates only where a report still shares its memory.
    package struct DurationTotals: Codable, Hashable, Sendable {
        /// Entry i counts those of less than 2^i µs and of no less than half that.
        package private(set) var buckets = [UInt64](repeating: 0, count: 33)
        package private(set) var sumMicroseconds: UInt64 = 0

        package init() {}

        package var count: UInt64 { self.buckets.reduce(0, &+) }

        package mutating func add(microseconds: UInt64) {
            let bits = UInt64.bitWidth - microseconds.leadingZeroBitCount
            self.buckets[min(bits, self.buckets.count - 1)] &+= 1
            self.sumMicroseconds &+= microseconds
        }

        package mutating func add(_ other: DurationTotals) {
            for index in self.buckets.indices { self.buckets[index] &+= other.buckets[index] }
            self.sumMicroseconds &+= other.sumMicroseconds
        }
    }

    /// A distribution, in microseconds.
    package struct Percentiles: Codable, Hashable, Sendable {
        package var p50Microseconds: UInt64
        package var p90Microseconds: UInt64
        package var p99Microseconds: UInt64
        package var p999Microseconds: UInt64
        package var maximumMicroseconds: UInt64

        package init(p50: UInt64 = 0, p90: UInt64 = 0, p99: UInt64 = 0, p999: UInt64 = 0, maximum: UInt64 = 0) {
            (self.p50Microseconds, self.p90Microseconds, self.p99Microseconds) = (p50, p90, p99)
            (self.p999Microseconds, self.maximumMicroseconds) = (p999, maximum)
        }
    }
}
