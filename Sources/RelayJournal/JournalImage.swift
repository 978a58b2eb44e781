import RelayWire

/// A room's file as a later process reads it: the committed records, each checked.
///
/// Borrows the memory, which nobody must write to meanwhile.
package struct JournalImage: ~Copyable {
    package let header: JournalHeader
    package let segmentBytes: Int
    /// How often the process died while this room was ticked, this time included.
    package let deaths: Int
    package let sequence: UInt32
    private let memory: UnsafeRawBufferPointer
    private let start: Int
    private let end: Int

    /// Reads a whole file.
    ///
    /// - Returns: Nil if it was made and nothing was committed to it.
    package static func read(_ memory: UnsafeRawBufferPointer) throws(JournalError) -> JournalImage? {
        let (header, segmentBytes) = try self.header(memory)
        let ticking = try self.number(memory, JournalLayout.tickingOffset, seed: JournalLayout.tickingSeed)
        let deaths = try self.number(memory, JournalLayout.deathsOffset, seed: JournalLayout.deathsSeed)
        guard self.word(memory, JournalLayout.activeOffset) != 0 else { return nil }
        let sequence = try self.number(memory, JournalLayout.activeOffset, seed: JournalLayout.activeSeed)
        let start = JournalLayout.start(ofSegment: sequence, segmentBytes: segmentBytes)
        guard self.word(memory, start + JournalLayout.sequenceOffset) == UInt64(sequence) else { throw .damagedMark }
        let end = try self.number(memory, start + JournalLayout.commitOffset, seed: JournalLayout.commitSeed(sequence))
        guard end <= segmentBytes, end > JournalLayout.recordsOffset else { throw .damagedMark }
        let died = Int(deaths) + (ticking == 0 ? 0 : 1)
        return JournalImage(
            header: header, segmentBytes: segmentBytes, deaths: died, sequence: sequence, memory: memory, start: start,
            end: Int(end)
        )
    }

    /// The room's name, for a log line about the file; nil if the header cannot be used. Records are not checked.
    package static func room(in memory: UnsafeRawBufferPointer) -> String? { try? self.header(memory).header.room }

    /// Hands out the committed records in order: first a snapshot, then each tick's record.
    ///
    /// - Throws: ``JournalError/damagedRecord``, and the errors of `take`.
    package func forEachRecord(_ take: (_ payload: Span<UInt8>, _ tick: Tick) throws -> Void) throws {
        var offset = JournalLayout.recordsOffset
        while offset < self.end {
            guard let record = self.record(at: offset) else { throw JournalError.damagedRecord }
            try take(Span(_unsafeBytes: record.payload), Tick(rawValue: record.tick))
            offset += JournalLayout.recordBytes(payload: record.payload.count)
        }
    }

    private func record(at offset: Int) -> (payload: UnsafeRawBufferPointer, tick: UInt64)? {
        let left = self.end - offset - JournalLayout.recordHeaderBytes
        guard left >= 0 else { return nil }
        let record = self.start + offset
        let count = Self.word(self.memory, record + JournalLayout.recordCountOffset)
        guard count <= UInt64(left) else { return nil }
        let tick = Self.word(self.memory, record + JournalLayout.recordTickOffset)
        let first = record + JournalLayout.recordHeaderBytes
        let payload = UnsafeRawBufferPointer(rebasing: self.memory[first..<first + Int(count)])
        let checksum = JournalLayout.recordChecksum(sequence: self.sequence, tick: tick, payload: payload)
        guard checksum == Self.word(self.memory, record + JournalLayout.recordChecksumOffset) else { return nil }
        return (payload, tick)
    }

    // MARK: The header

    private static func header(
        _ memory: UnsafeRawBufferPointer
    ) throws(JournalError) -> (header: JournalHeader, segmentBytes: Int) {
        guard memory.count >= 12, self.word(memory, JournalLayout.magicOffset) == JournalLayout.magic else { throw .notAJournal }
        let version = memory.loadUnaligned(fromByteOffset: JournalLayout.versionOffset, as: UInt32.self)
        guard memory.count >= JournalLayout.headerBytes else {
            throw .wrongLength(expected: JournalLayout.headerBytes, actual: memory.count)
        }
        var checksum = JournalChecksum(seed: 0)
        checksum.mix(UnsafeRawBufferPointer(rebasing: memory[..<JournalLayout.fixedBytes]))
        // Checked before the version, because the fixed part is the same in every version: damage must not pass for a newer
        // version.
        guard checksum.value == self.word(memory, JournalLayout.checksumOffset) else { throw .damagedHeader }
        guard version == JournalLayout.version else { throw .newerVersion(version) }
        let rate = memory.loadUnaligned(fromByteOffset: JournalLayout.rateOffset, as: UInt32.self)
        let segmentBytes = self.word(memory, JournalLayout.segmentBytesOffset)
        let nameCount = self.word(memory, JournalLayout.nameCountOffset)
        guard JournalLayout.segmentRange.contains(segmentBytes), segmentBytes.isMultiple(of: 8), (1...240).contains(rate),
            (1...64).contains(nameCount)
        else { throw .damagedHeader }
        let expected = JournalLayout.fileBytes(segmentBytes: Int(segmentBytes))
        guard memory.count == expected else { throw .wrongLength(expected: expected, actual: memory.count) }
        let name = memory[JournalLayout.nameOffset..<JournalLayout.nameOffset + Int(nameCount)]
        guard let room = String(validating: name, as: UTF8.self) else { throw .damagedHeader }
        let instance = RoomInstance(
            high: self.word(memory, JournalLayout.instanceOffset + 8), low: self.word(memory, JournalLayout.instanceOffset)
        )
        return (JournalHeader(room: room, instance: instance, rate: UInt64(rate)), Int(segmentBytes))
    }

    private static func word(_ memory: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func number(
        _ memory: UnsafeRawBufferPointer, _ offset: Int, seed: UInt64
    ) throws(JournalError) -> UInt32 {
        guard let number = JournalChecksum.number(in: self.word(memory, offset), seed: seed) else { throw .damagedMark }
        return number
    }
}
