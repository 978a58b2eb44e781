import RelayCore
import RelayWire

/// Where a thread writes reports, some rooms at each slot: thousands of seats in one go would make a slot late.
struct ReportDesk {
    /// Seats that are reported at a slot at least, an empty room counting as one, and slots that a report takes at most: a quarter of
    /// a second.
    private static let seats = 64
    private static let slots = 60

    /// Who has asked and waits for the next report.
    var asked: [Answer<ThreadReport>] = []
    /// Who gets the one that is being written.
    fileprivate var readers: [Answer<ThreadReport>] = []
    fileprivate var rest: ArraySlice<HostedRoom> = []
    fileprivate var written: [RelayStatistics.Room] = []
    fileprivate var seatsPerSlot = 0
    /// When it was written to last.
    fileprivate var writtenAt = Instant.zero

    var isIdle: Bool { self.readers.isEmpty }

    fileprivate mutating func begin(_ rooms: [HostedRoom]) {
        swap(&self.readers, &self.asked)
        self.rest = rooms[...]
        self.written = []
        self.seatsPerSlot = max(Self.seats, rooms.reduce(0) { $0 + max(1, $1.room.seated) } / Self.slots)
    }
}

extension ArenaThread {
    /// Begins a report, or has it wait for the end of the one that is being written: it must not be older than the question.
    func report(to answer: Answer<ThreadReport>) {
        self.desk.asked.append(answer)
        if self.desk.isIdle { self.beginReport() }
    }

    private func beginReport() {
        self.desk.begin(self.allRooms)
        self.desk.writtenAt = Clock.monotonic()
        self.continueReport()
    }

    /// Writes a slot's worth.
    func continueReport() {
        var seats = 0
        // A thread without idle time comes here seldom: then as much as it would have written meanwhile.
        let now = Clock.monotonic()
        let slots = Int(max(1, now.since(self.desk.writtenAt) / ArenaConfiguration.slotLength))
        self.desk.writtenAt = now
        while let hosted = self.desk.rest.first, seats < slots * self.desk.seatsPerSlot {
            self.desk.rest.removeFirst()
            guard self.rooms[hosted.route.instance] === hosted else { continue }
            self.sampleKernel(of: hosted)
            let room = RelayStatistics.Room(hosted)
            seats += max(1, room.seats.count)
            self.desk.written.append(room)
        }
        if self.desk.rest.isEmpty { self.endReport() }
    }

    private func endReport() {
        let report = self.report(on: self.desk.written)
        for reader in self.desk.readers { reader.give(report) }
        self.desk.readers.removeAll()
        if !self.desk.asked.isEmpty { self.beginReport() }
    }

    /// The thread ends: whoever waits gets what is there.
    func closeDesk() {
        for reader in self.desk.readers + self.desk.asked { reader.give(self.report(on: [])) }
        self.desk = ReportDesk()
    }

    /// Counters are those of this moment, whenever the rooms were looked at.
    private func report(on rooms: [RelayStatistics.Room]) -> ThreadReport {
        var report = ThreadReport(thread: self.statistics.report(self.overload))
        report.counters = self.statistics.retired
        report.transportCloses = CloseCode.allCases.map { self.statistics.closes($0) }
        report.framesUnfinished = self.statistics.framesUnfinished
        report.ticksNotJournaled = self.statistics.ticksNotJournaled
        report.roomsEvicted = self.statistics.roomsEvicted
        report.closedByPeer = self.statistics.closedByPeer
        for group in self.groups { report.connections += group.connections }
        for hosted in self.allRooms { report.counters.add(hosted.room.counters) }
        for room in rooms {
            for seat in room.seats { report.seats.add(seat) }
        }
        report.rooms = rooms
        return report
    }
}
