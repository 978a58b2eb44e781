import RelayJournal
import RelayWire
import Testing

/// A room's file in memory, and what a later process would find in it.
private final class Memory {
    static let header = JournalHeader(room: "arena", instance: RoomInstance(high: 7, low: 9), rate: 30)
    let bytes: UnsafeMutableRawBufferPointer
    var journal: RoomJournal

    init(segmentBytes: Int = 4096) {
        let count = RoomJournal.byteCount(segmentBytes: segmentBytes)
        self.bytes = .allocate(byteCount: count, alignment: 8)
        self.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        self.journal = RoomJournal(Self.header, segmentBytes: segmentBytes, in: self.bytes)
    }

    deinit { self.bytes.deallocate() }

    var copy: [UInt8] { [UInt8](self.bytes) }

    func append(_ payload: [UInt8], _ tick: UInt64) -> Bool { payload.withUnsafeBytes { self.journal.append($0, tick: tick) } }
    func begin(_ payload: [UInt8], _ tick: UInt64) -> Bool { payload.withUnsafeBytes { self.journal.begin($0, tick: tick) } }

    static func read(_ bytes: [UInt8]) throws -> [Entry]? {
        try bytes.withUnsafeBytes { memory in
            guard let image = try JournalImage.read(memory) else { return nil }
            var entries: [Entry] = []
            try image.forEachRecord { payload, tick in
                entries.append(Entry(tick: tick.rawValue, payload: payload.withUnsafeBufferPointer(Array.init)))
            }
            return entries
        }
    }
}

private struct Entry: Equatable {
    var tick: UInt64
    var payload: [UInt8]
}

private func payload(_ tick: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: tick &* 31 &+ UInt64($0)) }
}

@Suite("Room journal")
struct RoomJournalTests {
    @Test("What was committed is read again, over many switches of segments")
    func roundTrip() throws {
        let memory = Memory()
        #expect(try Memory.read(memory.copy) == nil, "nothing is committed yet")
        #expect(memory.begin(payload(1, 100), 1))
        var expected = [Entry(tick: 1, payload: payload(1, 100))]
        for tick in UInt64(2)...400 {
            let bytes = payload(tick, Int(tick * 7 % 90))
            if memory.append(bytes, tick) {
                expected.append(Entry(tick: tick, payload: bytes))
            } else {
                #expect(memory.begin(payload(tick, 50), tick))
                expected = [Entry(tick: tick, payload: payload(tick, 50))]
            }
            #expect(try Memory.read(memory.copy) == expected)
        }
    }

    @Test("A process that dies at any store loses that tick at most: every cut of the last write reads as before it or after it")
    func torn() throws {
        for switches in [false, true] {
            let memory = Memory()
            #expect(memory.begin(payload(1, 100), 1) && memory.append(payload(2, 40), 2))
            if switches { #expect(memory.begin(payload(3, 60), 3) && memory.append(payload(4, 61), 4)) }
            let before = memory.copy
            #expect(switches ? memory.begin(payload(5, 70), 5) : memory.append(payload(3, 77), 3))
            let after = memory.copy
            let (old, new) = (try Memory.read(before), try Memory.read(after))
            #expect(old != new)
            let changed = after.indices.filter { before[$0] != after[$0] }
            let words = Set(changed.map { $0 / 8 }).sorted()
            // The last word stored is the one that counts; any subset of the others may be there.
            let last = switches ? JournalLayout.activeOffset / 8 : words.first { $0 * 8 >= JournalLayout.headerBytes } ?? 0
            for count in 0...words.count - 1 {
                var torn = before
                for word in words.filter({ $0 != last }).prefix(count) {
                    torn.replaceSubrange(word * 8..<word * 8 + 8, with: after[word * 8..<word * 8 + 8])
                }
                #expect(try Memory.read(torn) == old, "\(count) words of the write")
            }
        }
    }

    @Test("Every flipped bit of what is committed is found; of what is not, none matters")
    func flips() throws {
        let memory = Memory()
        #expect(memory.begin(payload(1, 100), 1) && memory.append(payload(2, 33), 2) && memory.append(payload(3, 8), 3))
        let sound = memory.copy
        let expected = try Memory.read(sound)
        let start = JournalLayout.start(ofSegment: 1, segmentBytes: 4096)
        let end = start + 16 + JournalLayout.recordBytes(payload: 100) + JournalLayout.recordBytes(payload: 33) + 32
        var found = 0
        for position in sound.indices {
            let isFixed = position < JournalLayout.fixedBytes + 8 || (128..<152).contains(position)
            // Between a payload and the next record are zeros that nobody reads.
            let isCommitted = (start..<end).contains(position)
            for bit in 0..<8 where isFixed || isCommitted || (position + bit) % 61 == 0 {
                var flipped = sound
                flipped[position] ^= 1 << UInt8(bit)
                do {
                    #expect(try Memory.read(flipped) == expected, "bit \(bit) of byte \(position)")
                    #expect(!isFixed && (!isCommitted || sound[position] == 0), "bit \(bit) of byte \(position) was not found")
                } catch {
                    found += 1
                }
            }
        }
        #expect(found > 2500)
    }

    @Test("A file cut at any length, or longer than it says, is refused")
    func lengths() throws {
        let memory = Memory()
        #expect(memory.begin(payload(1, 100), 1))
        for count in stride(from: 0, to: memory.bytes.count, by: 13) {
            #expect(throws: JournalError.self) { try Memory.read(Array(memory.copy[..<count])) }
        }
        #expect(throws: JournalError.wrongLength(expected: 12_288, actual: 12_289)) { try Memory.read(memory.copy + [0]) }
    }

    @Test("A newer version is told apart from a damaged header")
    func versions() throws {
        let memory = Memory()
        #expect(memory.begin(payload(1, 100), 1))
        var bytes = memory.copy
        bytes[JournalLayout.versionOffset] = 2
        #expect(throws: JournalError.damagedHeader) { try Memory.read(bytes) }
        var checksum = JournalChecksum(seed: 0)
        bytes.withUnsafeBytes { checksum.mix(UnsafeRawBufferPointer(rebasing: $0[..<JournalLayout.fixedBytes])) }
        for index in 0..<8 {
            bytes[JournalLayout.checksumOffset + index] = UInt8(truncatingIfNeeded: checksum.value >> (8 * UInt64(index)))
        }
        #expect(throws: JournalError.newerVersion(2)) { try Memory.read(bytes) }
        #expect(throws: JournalError.notAJournal) { try Memory.read(Array("a text file, and a long one".utf8)) }
    }

    @Test("The process died of a room: counted, and forgiven")
    func deaths() throws {
        let memory = Memory()
        #expect(memory.begin(payload(1, 100), 1))
        #expect(try Self.deaths(memory.bytes) == 0)
        memory.journal.beginTick()
        #expect(try Self.deaths(memory.bytes) == 1, "it was being ticked")
        try Self.goOn(memory)
        #expect(try Self.deaths(memory.bytes) == 1, "and is not being ticked now")
        memory.journal.beginTick()
        memory.journal.endTick()
        #expect(try Self.deaths(memory.bytes) == 1)
        memory.journal.beginTick()
        #expect(try Self.deaths(memory.bytes) == 2)
        memory.journal.forgiveDeaths()
        memory.journal.endTick()
        #expect(try Self.deaths(memory.bytes) == 0)
    }

    private static func deaths(_ bytes: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let image = try JournalImage.read(UnsafeRawBufferPointer(bytes)) else { return -1 }
        return image.deaths
    }

    private static func goOn(_ memory: Memory) throws {
        guard let image = try JournalImage.read(UnsafeRawBufferPointer(memory.bytes)) else { return }
        memory.journal = RoomJournal(continuing: image, in: memory.bytes)
        let before = memory.copy
        #expect(!memory.append(payload(2, 8), 2), "first a snapshot")
        #expect(try Memory.read(before) == Memory.read(memory.copy))
        #expect(memory.begin(payload(2, 8), 2))
        #expect(try Memory.read(memory.copy) == [Entry(tick: 2, payload: payload(2, 8))])
    }

    @Test("A snapshot that does not fit changes nothing; segments are made for four of them")
    func sizes() throws {
        let memory = Memory()
        #expect(memory.begin(payload(1, 100), 1))
        let before = memory.copy
        #expect(!memory.begin(payload(2, 4060), 2) && !memory.append(payload(2, 4060), 2))
        #expect(memory.copy == before)
        #expect(RoomJournal.segmentBytes(forSnapshot: 0) == 32 << 10)
        #expect(RoomJournal.segmentBytes(forSnapshot: 8 << 10) == 32 << 10)
        #expect(RoomJournal.segmentBytes(forSnapshot: 1 << 20) == 4 << 20)
        #expect(RoomJournal.segmentBytes(forSnapshot: 1 << 30) == nil)
    }
}
