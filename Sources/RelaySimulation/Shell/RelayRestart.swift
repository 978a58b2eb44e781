import RelayCore
import RelayJournal
import RelayTransport
import RelayWire

/// A room's journal in memory: the bytes that a killed process leaves to the next one.
final class SimulatedJournal {
    private var memory: UnsafeMutableRawBufferPointer
    private var journal: RoomJournal
    private let header: JournalHeader
    private var writer = WireWriter(capacity: 1 << 12)

    init(_ header: JournalHeader) {
        self.header = header
        self.memory = Self.allocate(4096)
        self.journal = RoomJournal(header, segmentBytes: 4096, in: self.memory)
    }

    deinit { self.memory.deallocate() }

    private static func allocate(_ segmentBytes: Int) -> UnsafeMutableRawBufferPointer {
        let count = RoomJournal.byteCount(segmentBytes: segmentBytes)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        return memory
    }

    /// Commits the whole room as a snapshot, in larger memory if it needs that.
    func begin(_ relay: ConnectedRoom) {
        self.writer.removeAll()
        relay.encodeSnapshot(into: &self.writer)
        let tick = relay.room.currentTick.rawValue
        if self.journal.begin(self.writer.payload, tick: tick) { return }
        let segmentBytes = RoomJournal.segmentBytes(forSnapshot: self.writer.count) ?? 0
        self.memory.deallocate()
        self.memory = Self.allocate(segmentBytes)
        self.journal = RoomJournal(self.header, segmentBytes: segmentBytes, in: self.memory)
        precondition(self.journal.begin(self.writer.payload, tick: tick), "the segment was made for it")
    }

    /// Commits the room's last tick.
    func commit(_ relay: ConnectedRoom) {
        self.writer.removeAll()
        relay.encodeRecord(into: &self.writer)
        if !self.journal.append(self.writer.payload, tick: relay.room.currentTick.rawValue) { self.begin(relay) }
    }

    /// Restores the room from the committed bytes. From then on the journal belongs to the next process.
    func restore(_ configuration: RoomConfiguration) throws -> Room {
        guard let image = try JournalImage.read(UnsafeRawBufferPointer(self.memory)) else { throw JournalError.damagedMark }
        let room = try Room.restored(configuration: configuration, instance: image.header.instance) {
            try image.forEachRecord($0)
        }
        self.journal = RoomJournal(continuing: image, in: self.memory)
        return room
    }
}

/// When in a slot the relay dies.
enum RelayDeath: CaseIterable {
    /// The tick was run, and is forgotten: nothing of it was committed, nothing sent.
    case beforeCommit
    /// The tick is committed; this process sends nothing of it.
    case beforeSending
    /// Some seats were sent their frame, others not.
    case whileSending
    case afterSending
}

// The relay is killed, and another process takes over what the first has committed.
extension World {
    /// Commits the tick that has just been run, before anything of it is sent.
    func commitTick() {
        // The defect: only every other tick is committed in time.
        if self.plantedDefect == .commitLate, self.relay.room.currentTick.rawValue % 2 == 1 { return }
        if self.plantedDefect == .commitLate { return self.journal.begin(self.relay) }
        self.journal.commit(self.relay)
    }

    /// Whether the relay dies in this slot, and when in it.
    func drawDeath() -> RelayDeath? {
        guard !self.isSettling, self.restartRandom.chance(self.plan.restarts) else { return nil }
        self.totals.faults += 1
        self.totals.restarts += 1
        return self.restartRandom.pick(RelayDeath.allCases)
    }

    /// Kills the relay and starts the next one. Clients see their connections end and, for a while, cannot connect.
    func restartRelay() {
        for connection in self.network.connections where connection.stage != .over { self.end(connection) }
        (self.shell.connections, self.shell.seated, self.shell.oldCloses) = ([:], [:], [])
        self.network.writesLeft = nil
        self.received.removeAll(keepingCapacity: true)
        self.retired.add(self.relay.room.counters)
        (self.messages.uplinksBefore, self.memory.holdsCutShort) = (0, 0)
        let before = self.relay.room.epoch
        do {
            let room = try self.journal.restore(self.plan.configuration)
            self.relay = ConnectedRoom(room, context: Self.context(self.network), poll: nil)
            self.relay.onInput = { [unowned self] input in self.observe(input) }
        } catch {
            return self.fail("the journal cannot be read: \(error)")
        }
        self.relay.resume(epoch: before + 1, at: Instant(nanoseconds: self.shell.liveness))
        self.journal.begin(self.relay)
        for number in self.relay.room.seatNumbers {
            guard let inspection = self.relay.room.inspect(number) else { continue }
            self.model.restart(number, inspection)
            self.messages.settle(number, inspection)
        }
        (self.memory.rows, self.memory.host) = (self.relay.room.rosterRows, self.relay.room.host)
        let period = 1_000_000_000 / self.plan.configuration.rate
        self.startedAt = self.now + 3 * period + self.restartRandom.below(2_000_000_000 as UInt64)
    }

    /// The kernel ends a dead process's connections: behind the bytes sent before or, if the process left bytes unread, by a
    /// reset that loses them.
    private func end(_ connection: SimulatedConnection) {
        connection.end(isAbortive: self.restartRandom.below(2 as Int) == 0)
        connection.up.isBlackHole = true
    }
}
