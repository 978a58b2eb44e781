import RelayClocks
import RelayCore
import RelayHosting
import RelayWire

/// Writes a thread's reports, some rooms per pass: thousands of seats in one go would make a slot late.
struct ReportDesk {
    /// Minimum of seats reported per slot length (an empty room counts as one), and maximum of slot lengths that a report takes:
    /// a quarter of a second.
    private static let seats = 64
    private static let slots = 60

    /// Questions that wait for the next report.
    fileprivate var asked: [Answer<ThreadReport>] = []
    /// Enough for all of them.
    fileprivate var askedDetail = StatisticsDetail.overview(rooms: [])
    /// Questions that get the report being written.
    fileprivate var readers: [Answer<ThreadReport>] = []
    fileprivate var detail = StatisticsDetail.full
    fileprivate var rest: ArraySlice<HostedRoom> = []
    fileprivate var written: [RelayStatistics.Room] = []
    fileprivate var seatsPerSlot = 0
    /// When it was written to last.
    fileprivate var writtenAt = Instant.zero

    var isIdle: Bool { self.readers.isEmpty }

    fileprivate mutating func begin(_ rooms: [HostedRoom]) {
        swap(&self.readers, &self.asked)
        (self.detail, self.askedDetail) = (self.askedDetail, .overview(rooms: []))
        self.rest = rooms[...]
        self.written = []
        self.seatsPerSlot = max(Self.seats, rooms.reduce(0) { $0 + max(1, $1.connected.room.seated) } / Self.slots)
    }
}

extension ArenaThread {
    /// Begins a report, after the end of the one being written if there is one: a report must not be older than its question.
    func report(to answer: Answer<ThreadReport>, _ detail: StatisticsDetail) {
        self.desk.asked.append(answer)
        self.desk.askedDetail = self.desk.askedDetail.union(detail)
        if self.desk.isIdle { self.beginReport() }
    }

    private func beginReport() {
        self.desk.begin(self.allRooms)
        self.desk.writtenAt = Clock.monotonic()
        self.continueReport()
    }

    /// Writes as many rooms as are due in the time since the last call.
    func continueReport() {
        var seats = 0
        // A thread without idle time comes here seldom, so it writes as much as it would have written meanwhile.
        let now = Clock.monotonic()
        let slots = Int(max(1, now.since(self.desk.writtenAt) / ArenaLimits.slotLength))
        self.desk.writtenAt = now
        while let hosted = self.desk.rest.first, seats < slots * self.desk.seatsPerSlot {
            self.desk.rest.removeFirst()
            guard self.rooms[hosted.route.instance] === hosted else { continue }
            self.desk.written.append(self.describe(hosted))
            seats += max(1, hosted.connected.room.seated)
        }
        if self.desk.rest.isEmpty { self.endReport() }
    }

    private func describe(_ hosted: HostedRoom) -> RelayStatistics.Room {
        let hasEverySeat = self.desk.detail.wantsEverySeat(of: hosted.route.name)
        if hasEverySeat { hosted.connected.sampleKernel() }
        return RelayStatistics.Room(hosted, everySeat: hasEverySeat)
    }

    private func endReport() {
        let report = self.report(on: self.desk.written)
        for reader in self.desk.readers { reader.give(report) }
        self.desk.readers.removeAll()
        if !self.desk.asked.isEmpty { self.beginReport() }
    }

    /// Answers all open questions when the thread ends, with counters but without rooms.
    func closeDesk() {
        for reader in self.desk.readers + self.desk.asked { reader.give(self.report(on: [])) }
        self.desk = ReportDesk()
    }

    /// Counters are as of now, even if rooms were reported earlier.
    private func report(on rooms: [RelayStatistics.Room]) -> ThreadReport {
        var report = ThreadReport(
            self.statistics, self.overload, self.context.counters, closing: self.context.closingHandshakes.count)
        report.counters = self.statistics.retired
        report.transportCloses = CloseCode.allCases.map { self.context.counters.closes($0) }
        report.framesUnfinished = self.context.counters.framesUnfinished
        report.ticksNotJournaled = self.statistics.ticksNotJournaled
        report.roomsEvicted = self.statistics.roomsEvicted
        report.roomsClosed = self.statistics.roomsClosed
        report.closedByPeer = self.context.counters.closedByPeer
        for slot in self.slots { report.connections += slot.connections }
        for hosted in self.allRooms { report.counters.add(hosted.connected.room.counters) }
        for room in rooms { report.seats.add(room.totals) }
        report.rooms = rooms
        return report
    }
}
