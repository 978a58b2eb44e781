// modules: RelayWire RelayWireJSON RelayCore RelayJournal
// length: 8192
// planted: Sources/RelayCore/Journal/Room+Restore.swift | guard added <= count, count - added <= UInt64(seat.results.count) else { throw .contradiction("results") } | // nothing
// planted: Sources/RelayJournal/JournalImage.swift | guard count <= UInt64(left) else { return nil } | // nothing
import RelayCore
import RelayJournal
import RelayWire

/// Files of rooms, as the restorer reads them: what is read becomes a room that can be ticked, and that is written and read as the same.
///
/// Nearly every change of a file breaks one of its checksums. So an input is a list of payloads, which are journaled as a room's are;
/// and then, if it says so, a few bytes of the file are changed.
enum Target: FuzzTarget {
    private static let segmentBytes = 4096
    private static let headerBytes = 152  // those of a file's header that mean something
    private static let header = JournalHeader(room: "lobby", instance: RoomInstance(high: 7, low: 9), rate: 30)

    private struct Record {
        var tick: UInt64
        var payload: [UInt8]
    }

    /// An input taken apart: records, each behind the step of its tick and two bytes of its length; at the end changes of the file, each of
    /// two bytes of the place among those that are read, and one to mix in, and how many there are.
    private struct Parts {
        var records: [Record] = []
        var changes: [(place: Int, mask: UInt8)] = []

        init(_ input: [UInt8]) {
            var rest = input
            for _ in 0..<(rest.takeLast() & 3) {
                let (high, low) = (Int(rest.takeLast()), Int(rest.takeLast()))
                self.changes.append((high << 8 | low, rest.takeLast()))
            }
            var (tick, offset): (UInt64, Int) = (0, 0)
            while offset + 3 <= rest.count {
                tick += UInt64(rest[offset])
                let count = Int(rest[offset + 1]) | Int(rest[offset + 2]) << 8
                let payload = rest[(offset + 3)...].prefix(count)
                offset += 3 + payload.count
                self.records.append(Record(tick: tick, payload: Array(payload)))
            }
        }
    }

    static func run(_ input: [UInt8]) {
        let parts = Parts(input)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: RoomJournal.byteCount(segmentBytes: self.segmentBytes), alignment: 8)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        self.write(parts.records, memory)
        for change in parts.changes { memory[self.place(change.place, of: parts.records)] ^= change.mask }
        _ = JournalImage.room(in: UnsafeRawBufferPointer(memory))
        guard let image = try? JournalImage.read(UnsafeRawBufferPointer(memory)), var room = self.room(image) else { return }
        self.expectSame(&room)
        self.play(&room)
    }

    /// A place in the part of the header that means something, or among the records.
    private static func place(_ number: Int, of records: [Record]) -> Int {
        let used = records.reduce(16) { $0 + JournalLayout.recordBytes(payload: $1.payload.count) }
        let place = number % (self.headerBytes + min(used, self.segmentBytes))
        let segment = JournalLayout.start(ofSegment: 1, segmentBytes: self.segmentBytes)
        return place < self.headerBytes ? place : segment + place - self.headerBytes
    }

    private static func write(_ records: [Record], _ memory: UnsafeMutableRawBufferPointer) {
        var journal = RoomJournal(self.header, segmentBytes: self.segmentBytes, in: memory)
        for (number, record) in records.enumerated() {
            record.payload.withUnsafeBytes { payload in
                _ = number == 0 ? journal.begin(payload, tick: record.tick) : journal.append(payload, tick: record.tick)
            }
        }
    }

    private static func room(_ image: borrowing JournalImage) -> Room? {
        try? Room.restored(
            configuration: RoomConfiguration().keeping(rate: image.header.rate), instance: image.header.instance
        ) { try image.forEachRecord($0) }
    }

    /// What is restored of a room's snapshot has the same snapshot.
    private static func expectSame(_ room: inout Room) {
        let snapshot = self.snapshot(&room)
        let again = try? Room.restored(configuration: room.configuration, instance: room.instance) {
            try $0(snapshot.span, room.currentTick)
        }
        guard var again = consume again else { fatalError("NOT HELD: a restored room's snapshot can be restored") }
        expect(self.snapshot(&again) == snapshot, "a room restored of a snapshot has the same snapshot")
    }

    private static func snapshot(_ room: inout Room) -> [UInt8] {
        var writer = WireWriter()
        room.encodeSnapshot(into: &writer)
        return writer.array
    }

    /// Goes on: everybody is away, somebody joins, and ticks are run and journaled.
    private static func play(_ room: inout Room) {
        room.resume(epoch: 1 << 50, at: .zero)
        room.take(.join(.player, ConnectionID(rawValue: 77), at: .zero))
        for step in UInt64(1)...3 {
            guard room.currentTick.rawValue < WireLimits.safeInteger - 8 else { return }
            let instant = Instant.zero.advanced(by: step * 33_000_000)
            room.take(.tick(room.currentTick.advanced(by: 1), now: instant, liveness: instant))
            var writer = WireWriter()
            room.encodeRecord(into: &writer)
        }
    }

    // MARK: Seeds

    /// Rooms in which players join, write, send and leave, as snapshots with the records of the ticks behind them; the first also with each
    /// byte changed of the file's header, the segment's and the first record's.
    static func seeds() throws -> [[UInt8]] {
        let whole = (UInt64(1)...12).map { self.journal(of: $0) }
        let changed = (0..<self.headerBytes + 16 + JournalLayout.recordBytes(payload: 0)).map { place in
            Array(whole[0].dropLast()) + [0x40, UInt8(place & 255), UInt8(place >> 8), 1]
        }
        return whole + changed + [[], [0]]
    }

    private static func journal(of seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        var configuration = RoomConfiguration()
        configuration.fields = [DeclaredField(name: "q", quantum: 0.01)]
        (configuration.maximumEvents, configuration.maximumDeletions) = (6, 3)
        var room = Room(configuration: configuration, instance: self.header.instance, tick: Tick(rawValue: 1))
        for number in 1...3 {
            room.take(.join(number == 3 ? .spectator : .player, ConnectionID(rawValue: UInt64(number)), at: .zero))
        }
        var input: [UInt8] = []
        for step in UInt64(1)...(4 + random.below(8)) {
            let instant = Instant.zero.advanced(by: step * 33_000_000)
            if step > 1 {
                for seat: UInt16 in [1, 2, 1024] where random.below(3) > 0 {
                    self.speak(SeatNumber(rawValue: seat), step, &random, &room, instant)
                }
            }
            room.take(.tick(room.currentTick.advanced(by: 1), now: instant, liveness: instant))
            var writer = WireWriter()
            if step == 2 { room.encodeSnapshot(into: &writer) } else { room.encodeRecord(into: &writer) }
            guard step >= 2 else { continue }
            let bytes = writer.array
            input +=
                [step == 2 ? UInt8(room.currentTick.rawValue) : 1, UInt8(bytes.count & 255), UInt8(bytes.count >> 8)] + bytes
        }
        return input + [0]
    }

    private static func speak(
        _ seat: SeatNumber, _ number: UInt64, _ random: inout SplitMix64, _ room: inout Room, _ now: Instant
    ) {
        var writer = WireWriter()
        if random.below(9) == 0 {
            writer.leave()
        } else {
            writer.uplinkHead(UplinkHead(ack: Ack(tick: .none, delay: 0), number: number, operationCount: 4))
            let own = EntityID(seat.isSpectator ? .room : seat, UInt16(random.below(3)))
            writer.set(own, fieldCount: 2)
            writer.field(.inline("q"), StoredValue(.float(Double(random.below(100)))))
            writer.field(.inline("s"), StoredValue(.string("text")))
            if random.below(3) == 0 { writer.remove(own) } else { writer.set(.room(1), fieldCount: 0) }
            writer.event(.inline("e"), random.below(2) == 0 ? .all : .host, StoredValue(.integer(5)))
            writer.compareAndSet(.room(7), .inline("n"), expected: StoredValue(), new: StoredValue(.bytes([1, 2])))
        }
        room.take(.message(writer.payload, from: seat, generation: 1, arrival: Arrival(at: now, isExact: false)))
    }
}
