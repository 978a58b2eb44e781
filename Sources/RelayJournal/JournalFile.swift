import Glibc

/// A failed system call: the attempt, and the system's reason.
package struct SystemFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package var attempt: String
    package var code: Int32

    package init(_ attempt: String, _ code: Int32 = errno) { (self.attempt, self.code) = (attempt, code) }

    package var description: String { "cannot \(self.attempt): \(String(cString: strerror(self.code)))" }
}

/// A room's file, mapped, and the journal in it. Belongs to one thread at a time, which alone touches it.
package final class JournalFile {
    package let path: String
    package var journal: RoomJournal
    private let memory: UnsafeMutableRawBufferPointer

    private init(path: String, memory: UnsafeMutableRawBufferPointer, journal: consuming RoomJournal) {
        (self.path, self.memory) = (path, memory)
        self.journal = journal
    }

    /// Allocated on the disk, and mapped.
    package var byteCount: Int { self.memory.count }

    deinit { munmap(self.memory.baseAddress, self.memory.count) }

    /// Makes a file. All of it is allocated now: writing to a hole when the disk is full is SIGBUS.
    package static func make(at path: String, _ header: JournalHeader, segmentBytes: Int) throws(SystemFailure) -> JournalFile {
        _ = unlink(path)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure("make \(path)") }
        defer { close(descriptor) }
        do throws(SystemFailure) {
            let memory = try self.map(descriptor, path, byteCount: RoomJournal.byteCount(segmentBytes: segmentBytes))
            return JournalFile(path: path, memory: memory, journal: RoomJournal(header, segmentBytes: segmentBytes, in: memory))
        } catch {
            _ = unlink(path)
            throw error
        }
    }

    /// Opens and maps a file that has been read, to go on writing to it.
    package static func go(onIn path: String, _ image: borrowing JournalImage) throws(SystemFailure) -> JournalFile {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
        defer { close(descriptor) }
        let memory = try self.map(descriptor, path, byteCount: RoomJournal.byteCount(segmentBytes: image.segmentBytes))
        return JournalFile(path: path, memory: memory, journal: RoomJournal(continuing: image, in: memory))
    }

    private static func map(
        _ descriptor: Int32, _ path: String, byteCount: Int
    ) throws(SystemFailure) -> UnsafeMutableRawBufferPointer {
        var code: Int32
        repeat { code = posix_fallocate(descriptor, 0, off_t(byteCount)) } while code == EINTR  // a signal is no full disk
        guard code == 0 else { throw SystemFailure("allocate \(byteCount) bytes for \(path)", code) }
        let flags = MAP_SHARED | MAP_POPULATE
        guard let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor, 0), start != MAP_FAILED
        else { throw SystemFailure("map \(path)") }
        return UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }
}
