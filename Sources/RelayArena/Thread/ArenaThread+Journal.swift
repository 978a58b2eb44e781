import RelayClocks
import RelayCore
import RelayHosting
import RelayJournal

/// The state of a room's journal.
enum RoomJournaling {
    /// Not journaled: there is no state directory, or no file could be made for the room.
    case off
    /// A file is being made: the room's first, or a larger one than the outgrown. Until it comes, ticks are not journaled.
    case waiting(outgrown: JournalFile?)
    case on(JournalFile)
    /// Journaled, while a larger file is being made before this one gets too small.
    case growing(JournalFile)

    var file: JournalFile? {
        switch self {
        case .on(let file), .growing(let file): file
        case .off, .waiting: nil
        }
    }
}

// The journal: each tick is committed before any byte of it is sent, without a system call.
extension ArenaThread {
    /// Runs a room's tick and commits it.
    func runJournaled(_ tick: Tick, of hosted: HostedRoom) {
        let file = hosted.journaling.file
        file?.journal.beginTick()
        hosted.fault?.strike()
        hosted.connected.give(.tick(tick, now: Clock.monotonic(), liveness: self.liveness.now))
        switch hosted.journaling {
        case .off: break
        case .waiting: self.statistics.ticksNotJournaled += 1
        case .on(let file), .growing(let file): self.commit(hosted, to: file)
        }
        file?.journal.endTick()
    }

    private func commit(_ hosted: HostedRoom, to file: JournalFile) {
        self.record.removeAll()
        hosted.connected.encodeRecord(into: &self.record)
        let tick = hosted.connected.room.currentTick.rawValue
        if !file.journal.append(self.record.payload, tick: tick) { self.beginSegment(hosted, in: file) }
        if let forgivenAt = hosted.forgivenAt, hosted.connected.room.currentTick >= forgivenAt {
            hosted.forgivenAt = nil
            file.journal.forgiveDeaths()
        }
    }

    /// The segment is full: begins the other one with a snapshot. Asks for a larger file while snapshots still fit.
    private func beginSegment(_ hosted: HostedRoom, in file: JournalFile) {
        self.record.removeAll()
        hosted.connected.encodeSnapshot(into: &self.record)
        let count = self.record.count
        if !file.journal.begin(self.record.payload, tick: hosted.connected.room.currentTick.rawValue) {
            if case .on = hosted.journaling { self.askForFile(of: hosted, forSnapshot: count) }
            hosted.journaling = .waiting(outgrown: file)
            self.statistics.ticksNotJournaled += 1
        } else if case .on = hosted.journaling, file.journal.isTight(forSnapshot: count) {
            hosted.journaling = .growing(file)
            self.askForFile(of: hosted, forSnapshot: count)
        }
    }

    /// Begins to journal a room, if this relay keeps journals.
    func startJournal(of hosted: HostedRoom) {
        guard self.keeper != nil else { return }
        hosted.journaling = .waiting(outgrown: nil)
        self.askForFile(of: hosted, forSnapshot: 0)
    }

    private func askForFile(of hosted: HostedRoom, forSnapshot count: Int) {
        guard let keeper = self.keeper else { return }
        guard let segmentBytes = RoomJournal.segmentBytes(forSnapshot: count) else {
            return self.stopJournal(of: hosted, "the room is too large")
        }
        let (route, mailbox) = (hosted.route, self.mailbox)
        let header = JournalHeader(room: route.name, instance: route.instance, rate: hosted.connected.room.configuration.rate)
        keeper.make(header, segmentBytes: segmentBytes) { made in
            // If the thread has ended meanwhile, nobody will own the file.
            if !mailbox.post(.journalMade(route, made)), case .success(let handover) = made { keeper.remove(handover) }
        }
    }

    /// Takes the file that a room asked for, between two ticks. It begins with a snapshot of the room as it is now.
    func journalMade(_ route: RoomRoute, _ made: Result<JournalKeeper.Handover, SystemFailure>) {
        guard let hosted = self.rooms[route.instance] else {
            if case .success(let handover) = made { self.keeper?.remove(handover) }
            return
        }
        switch made {
        case .failure(let failure): self.stopJournal(of: hosted, failure.description)
        case .success(let handover): self.install(handover.file, in: hosted)
        }
    }

    private func install(_ file: JournalFile, in hosted: HostedRoom) {
        self.record.removeAll()
        hosted.connected.encodeSnapshot(into: &self.record)
        let count = self.record.count
        let old = hosted.journaling
        guard file.journal.begin(self.record.payload, tick: hosted.connected.room.currentTick.rawValue) else {
            // The room has outgrown this file too while it was being made.
            self.keeper?.remove(file)
            return self.askForFile(of: hosted, forSnapshot: count)
        }
        hosted.journaling = .on(file)
        self.discard(old)
    }

    /// Logs one line. The room goes on without a journal.
    private func stopJournal(of hosted: HostedRoom, _ why: String) {
        let old = hosted.journaling
        hosted.journaling = .off
        self.discard(old)
        self.notes.write(.error, "a room is journaled no more: \(why)", in: hosted.route)
    }

    /// Removes the file of a room that is gone. Should the process die before it is removed, the room stays gone.
    func endJournal(of hosted: HostedRoom) {
        switch hosted.journaling {
        case .off, .waiting(outgrown: nil): break
        case .waiting(outgrown: .some(let file)), .on(let file), .growing(let file): file.journal.abandon()
        }
        self.discard(hosted.journaling)
        hosted.journaling = .off
    }

    private func discard(_ journaling: RoomJournaling) {
        switch journaling {
        case .off, .waiting(outgrown: nil): break
        case .waiting(outgrown: .some(let file)), .on(let file), .growing(let file): self.keeper?.remove(file)
        }
    }
}
