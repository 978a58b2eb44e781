import RelayWire

/// The layout of a room's file: Protocol/JOURNAL.md. Little-endian, as every machine this runs on.
package enum JournalLayout {
    static let magic: UInt64 = 0x004C_4E52_4A4B_5254  // "TRKJRNL" and a 0
    static let version: UInt32 = 1
    package static let headerBytes = 4096

    // The fixed part of the header.
    static let magicOffset = 0
    package static let versionOffset = 8
    static let rateOffset = 12
    static let segmentBytesOffset = 16
    static let instanceOffset = 24
    static let nameCountOffset = 40
    static let nameOffset = 48
    package static let fixedBytes = 112
    package static let checksumOffset = 112

    // Words that change.
    package static let activeOffset = 128
    static let tickingOffset = 136
    static let deathsOffset = 144

    // In a segment.
    static let sequenceOffset = 0
    static let commitOffset = 8
    static let recordsOffset = 16

    // In a record.
    static let recordChecksumOffset = 0
    static let recordCountOffset = 8
    static let recordTickOffset = 16
    static let recordHeaderBytes = 24

    /// Bytes of the smallest and the largest segment. The offset in a commit mark has 32 bits.
    static let segmentRange: ClosedRange<UInt64> = 4096...256 << 20

    static func fileBytes(segmentBytes: Int) -> Int { self.headerBytes + 2 * segmentBytes }

    /// Bytes that a record takes, header and padding included.
    package static func recordBytes(payload: Int) -> Int { self.recordHeaderBytes + (payload + 7) & ~7 }

    package static func start(ofSegment sequence: UInt32, segmentBytes: Int) -> Int {
        self.headerBytes + (sequence & 1 == 0 ? 0 : segmentBytes)
    }

    static func recordChecksum(
        sequence: UInt32, tick: UInt64, payload: UnsafeRawBufferPointer
    ) -> UInt64 {
        var checksum = JournalChecksum(seed: UInt64(sequence))
        checksum.mix(UInt64(payload.count))
        checksum.mix(tick)
        checksum.mix(payload)
        return checksum.value
    }

    /// Seeds that keep the words of one kind from being taken for another's.
    static let activeSeed: UInt64 = 1 << 40
    static let tickingSeed: UInt64 = 2 << 40
    static let deathsSeed: UInt64 = 3 << 40
    static func commitSeed(_ sequence: UInt32) -> UInt64 { 4 << 40 | UInt64(sequence) }
}

/// The part of a room's file that never changes.
package struct JournalHeader: Equatable, Sendable {
    package var room: String
    package var instance: RoomInstance
    /// Ticks per second.
    package var rate: UInt64

    package init(room: String, instance: RoomInstance, rate: UInt64) {
        precondition(WireLimits.nameBytes.contains(room.utf8.count) && (1...240).contains(rate))
        (self.room, self.instance, self.rate) = (room, instance, rate)
    }
}
