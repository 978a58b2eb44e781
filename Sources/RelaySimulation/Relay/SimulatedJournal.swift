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
