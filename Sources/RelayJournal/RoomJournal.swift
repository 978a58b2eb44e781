import CRelayLinux
import RelayWire

/// A room's file as the room writes it: ticks into the active segment, and when that is full a snapshot into the other one.
///
/// Makes no system calls. A tick's bytes are stored first and its commit mark last: a process that reads the file after this one
/// has died finds the tick whole or not at all. The caller owns the memory: a mapped file, or plain memory in tests.
package struct RoomJournal: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private let segmentBytes: Int
    /// Number of the active segment; 0 before the first.
    private var sequence: UInt32 = 0
    /// End of the committed records, in bytes from the start of the active segment.
    private var end = 0

    /// Writes the header of a new file into memory that is all zeros.
    ///
    /// - Parameter memory: ``byteCount(segmentBytes:)`` bytes at an address divisible by 8. Must outlive this.
    package init(_ header: JournalHeader, segmentBytes: Int, in memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count == Self.byteCount(segmentBytes: segmentBytes) && segmentBytes.isMultiple(of: 8))
        precondition(JournalLayout.segmentRange.contains(UInt64(segmentBytes)))
        (self.memory, self.segmentBytes) = (memory, segmentBytes)
        self.write(header)
        self.setWord(JournalLayout.deathsOffset, 0, seed: JournalLayout.deathsSeed)
        self.setWord(JournalLayout.tickingOffset, 0, seed: JournalLayout.tickingSeed)
    }

    /// Goes on in a file that has been read. The next write must be a snapshot.
    package init(continuing image: borrowing JournalImage, in memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count == Self.byteCount(segmentBytes: image.segmentBytes))
        (self.memory, self.segmentBytes, self.sequence) = (memory, image.segmentBytes, image.sequence)
        self.end = self.segmentBytes
        self.setWord(JournalLayout.deathsOffset, UInt32(clamping: image.deaths), seed: JournalLayout.deathsSeed)
        self.setWord(JournalLayout.tickingOffset, 0, seed: JournalLayout.tickingSeed)
    }

    /// Bytes of a file.
    package static func byteCount(segmentBytes: Int) -> Int { JournalLayout.fileBytes(segmentBytes: segmentBytes) }

    /// Segment size in which a snapshot of `count` bytes takes at most a quarter; nil if that is too large.
    package static func segmentBytes(forSnapshot count: Int) -> Int? {
        var bytes = Self.smallestSegment
        while bytes < 4 * count { bytes *= 2 }
        return JournalLayout.segmentRange.contains(UInt64(bytes)) ? bytes : nil
    }

    /// Bytes of the largest file there can be.
    package static let largestFile = JournalLayout.fileBytes(segmentBytes: Int(JournalLayout.segmentRange.upperBound))

    /// Segment size of a new room, bytes: some hundred ticks of some players.
    package static let smallestSegment = 32 << 10

    /// Whether a snapshot of `count` bytes takes more than half of a segment, so that the room needs a larger file.
    package func isTight(forSnapshot count: Int) -> Bool { 2 * count > self.segmentBytes }

    // MARK: Ticks

    /// Marks the room as being ticked. If the process dies now, it died of this room.
    package func beginTick() { self.setWord(JournalLayout.tickingOffset, 1, seed: JournalLayout.tickingSeed) }

    package func endTick() { self.setWord(JournalLayout.tickingOffset, 0, seed: JournalLayout.tickingSeed) }

    /// The room has ended: whoever reads the file from now on finds no room in it.
    package func abandon() {
        guard let base = self.memory.baseAddress else { return }
        crelay_store_release(base + JournalLayout.activeOffset, 0)
    }

    /// Resets the count of deaths, once a restored room has ticked for long enough.
    package func forgiveDeaths() { self.setWord(JournalLayout.deathsOffset, 0, seed: JournalLayout.deathsSeed) }

    /// Commits a tick. False, and nothing is written, if the segment is full.
    package mutating func append(_ payload: UnsafeRawBufferPointer, tick: UInt64) -> Bool {
        guard self.sequence > 0, JournalLayout.recordBytes(payload: payload.count) <= self.segmentBytes - self.end
        else { return false }
        let start = JournalLayout.start(ofSegment: self.sequence, segmentBytes: self.segmentBytes)
        self.end = self.write(payload, tick: tick, at: self.end, ofSegmentAt: start, self.sequence)
        self.commit(self.end, ofSegmentAt: start, self.sequence)
        return true
    }

    /// Commits a snapshot to the other segment and makes that one active. False, and nothing has changed, if it does not fit.
    package mutating func begin(_ snapshot: UnsafeRawBufferPointer, tick: UInt64) -> Bool {
        let count = JournalLayout.recordsOffset + JournalLayout.recordBytes(payload: snapshot.count)
        guard count <= self.segmentBytes, self.sequence < .max else { return false }
        let next = self.sequence + 1
        let start = JournalLayout.start(ofSegment: next, segmentBytes: self.segmentBytes)
        // The other segment may hold marks of two switches ago, so the active word must not name it before all is stored.
        self.memory.storeBytes(of: UInt64(next), toByteOffset: start + JournalLayout.sequenceOffset, as: UInt64.self)
        self.end = self.write(snapshot, tick: tick, at: JournalLayout.recordsOffset, ofSegmentAt: start, next)
        self.commit(self.end, ofSegmentAt: start, next)
        self.setWord(JournalLayout.activeOffset, next, seed: JournalLayout.activeSeed)
        self.sequence = next
        return true
    }

    /// Stores a record. Returns where the next one goes.
    private func write(
        _ payload: UnsafeRawBufferPointer, tick: UInt64, at offset: Int, ofSegmentAt start: Int, _ sequence: UInt32
    ) -> Int {
        let checksum = JournalLayout.recordChecksum(sequence: sequence, tick: tick, payload: payload)
        let record = UnsafeMutableRawBufferPointer(rebasing: self.memory[(start + offset)...])
        record.storeBytes(of: checksum, toByteOffset: JournalLayout.recordChecksumOffset, as: UInt64.self)
        record.storeBytes(of: UInt64(payload.count), toByteOffset: JournalLayout.recordCountOffset, as: UInt64.self)
        record.storeBytes(of: tick, toByteOffset: JournalLayout.recordTickOffset, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: record[JournalLayout.recordHeaderBytes...]).copyMemory(from: payload)
        return offset + JournalLayout.recordBytes(payload: payload.count)
    }

    private func commit(_ end: Int, ofSegmentAt start: Int, _ sequence: UInt32) {
        self.setWord(start + JournalLayout.commitOffset, UInt32(end), seed: JournalLayout.commitSeed(sequence))
    }

    /// Stores a number with its check, after everything stored before it.
    private func setWord(_ offset: Int, _ number: UInt32, seed: UInt64) {
        guard let base = self.memory.baseAddress else { return }
        crelay_store_release(base + offset, JournalChecksum.word(number, seed: seed))
    }

    private func write(_ header: JournalHeader) {
        let name = Array(header.room.utf8)
        self.memory.storeBytes(of: JournalLayout.magic, toByteOffset: JournalLayout.magicOffset, as: UInt64.self)
        self.memory.storeBytes(of: JournalLayout.version, toByteOffset: JournalLayout.versionOffset, as: UInt32.self)
        self.memory.storeBytes(of: UInt32(header.rate), toByteOffset: JournalLayout.rateOffset, as: UInt32.self)
        self.memory.storeBytes(of: UInt64(self.segmentBytes), toByteOffset: JournalLayout.segmentBytesOffset, as: UInt64.self)
        self.memory.storeBytes(of: header.instance.low, toByteOffset: JournalLayout.instanceOffset, as: UInt64.self)
        self.memory.storeBytes(of: header.instance.high, toByteOffset: JournalLayout.instanceOffset + 8, as: UInt64.self)
        self.memory.storeBytes(of: UInt64(name.count), toByteOffset: JournalLayout.nameCountOffset, as: UInt64.self)
        for (index, byte) in name.enumerated() { self.memory[JournalLayout.nameOffset + index] = byte }
        var checksum = JournalChecksum(seed: 0)
        checksum.mix(UnsafeRawBufferPointer(rebasing: self.memory[..<JournalLayout.fixedBytes]))
        self.memory.storeBytes(of: checksum.value, toByteOffset: JournalLayout.checksumOffset, as: UInt64.self)
    }
}
