import Foundation
import Glibc
import RelayJournal
import RelayWire
import Testing

/// A directory of its own, removed at the end.
private final class Scratch {
    let path: String

    init(in parent: String = "/tmp") {
        let replaced = String(repeating: "X", count: 6)  // by mkdtemp
        var template = Array("\(parent)/tickrelay-state-\(replaced)".utf8CString)
        self.path = template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else { return "/nowhere" }
            return String(cString: made)
        }
    }

    deinit {
        for name in self.names { unlink("\(self.path)/\(name)") }
        rmdir(self.path)
    }

    var names: [String] {
        guard let directory = opendir(self.path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}

@Suite("State directory")
struct StateDirectoryTests {
    private static let instance = RoomInstance(high: 1, low: 2)

    @Test("The token key is made once, for its owner's eyes only")
    func key() throws {
        let scratch = Scratch()
        let key = [UInt8](1...32)
        do {
            let directory = try StateDirectory(scratch.path)
            #expect(try directory.tokenKey(byteCount: 32) { key } == key)
        }
        let directory = try StateDirectory(scratch.path)
        #expect(try directory.tokenKey(byteCount: 32) { [UInt8](repeating: 0, count: 32) } == key)
        var status = stat()
        #expect(stat("\(scratch.path)/token-key", &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(throws: StateDirectory.Unusable.damagedKey("\(scratch.path)/token-key")) {
            try directory.tokenKey(byteCount: 16) { key }
        }
    }

    @Test("A token key that others may read, write or run is not used", arguments: [mode_t(0o644), 0o640, 0o604, 0o620, 0o601])
    func exposedKey(_ mode: mode_t) throws {
        let scratch = Scratch()
        let directory = try StateDirectory(scratch.path)
        let path = "\(scratch.path)/token-key"
        _ = try directory.tokenKey(byteCount: 32) { [UInt8](1...32) }
        #expect(chmod(path, mode) == 0)
        let refusal = StateDirectory.Unusable.exposedKey(path)
        #expect(throws: refusal) { try directory.tokenKey(byteCount: 32) { [] } }
        #expect(refusal.description.contains("chmod 600"))
        #expect(chmod(path, 0o400) == 0)
        #expect(try directory.tokenKey(byteCount: 32) { [] } == [UInt8](1...32))
    }

    @Test("Nothing but a file is a token key, a link to one neither; what another attempt has left is not written into")
    func keysThatAreNone() throws {
        let scratch = Scratch()
        let directory = try StateDirectory(scratch.path)
        let (path, other) = ("\(scratch.path)/token-key", "\(scratch.path)/other")
        let refusal = StateDirectory.Unusable.damagedKey(path)
        for make in [{ mkfifo(path, 0o600) }, { symlink(other, path) }] {
            #expect(make() == 0)
            #expect(throws: refusal) { try directory.tokenKey(byteCount: 32) { [UInt8](1...32) } }
            #expect(unlink(path) == 0)
        }
        #expect(scratch.names == ["lock"], "the link was not followed")
        close(open(path + ".new", O_WRONLY | O_CREAT, 0o666))
        #expect(chmod(path + ".new", 0o666) == 0)
        #expect(try directory.tokenKey(byteCount: 32) { [UInt8](1...32) } == [UInt8](1...32))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("One relay at a time; a directory that cannot be had says what to do")
    func refusals() throws {
        let scratch = Scratch()
        let first = try StateDirectory(scratch.path)
        #expect(throws: StateDirectory.Unusable.inUse(scratch.path)) { try StateDirectory(scratch.path) }
        #expect(throws: StateDirectory.Unusable.self) { try StateDirectory("/proc/nowhere") }
        #expect(StateDirectory.Unusable.failure(SystemFailure("write to /x", EROFS)).description.contains("must be one"))
        #expect(first.path == scratch.path)
    }

    @Test("A directory that others may write to is not used", arguments: [mode_t(0o777), 0o1777, 0o770])
    func exposed(_ mode: mode_t) throws {
        let scratch = Scratch()
        #expect(chmod(scratch.path, mode) == 0)
        #expect(throws: StateDirectory.Unusable.exposed(scratch.path)) { try StateDirectory(scratch.path) }
    }

    @Test("Nothing but a regular file is read, so that a pipe does not make the start wait")
    func onlyFiles() throws {
        let scratch = Scratch()
        let path = "\(scratch.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: SystemFailure.self) { try StateDirectory.contents(of: path, atMost: 100) }
        #expect(throws: SystemFailure.self) { try StateDirectory.contents(of: scratch.path, atMost: 1 << 20) }
    }

    @Test("A room's file: made, written, found, gone on in, removed")
    func files() throws {
        let scratch = Scratch()
        let directory = try StateDirectory(scratch.path)
        let header = JournalHeader(room: "arena", instance: Self.instance, rate: 60)
        let path = directory.file(of: Self.instance, segmentBytes: 32 << 10)
        do {
            let file = try JournalFile.make(at: path, header, segmentBytes: 32 << 10)
            #expect(Self.begin("state", in: file, at: 5))
        }
        #expect(try directory.roomFiles() == [path])
        let bytes = try StateDirectory.contents(of: path, atMost: 1 << 20)
        try bytes.withUnsafeBytes { memory in
            let image = try JournalImage.read(memory)
            guard let image else {
                Issue.record("nothing was committed")
                return
            }
            #expect(image.header == header)
            let file = try JournalFile.go(onIn: path, image)
            #expect(Self.begin("more", in: file, at: 6))
        }
        #expect(throws: SystemFailure.self) { try StateDirectory.contents(of: path, atMost: 100) }
        directory.remove(path)
        #expect(try directory.roomFiles().isEmpty)
    }

    private static func begin(_ text: String, in file: JournalFile, at tick: UInt64) -> Bool {
        var isCommitted = false
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { memory in
            isCommitted = file.journal.begin(memory, tick: tick)
        }
        return isCommitted
    }

    @Test("The keeper knows what files there are, and what has become of the others")
    func figures() async throws {
        let scratch = Scratch()
        let directory = try StateDirectory(scratch.path)
        let keeper = JournalKeeper(directory)
        let header = JournalHeader(room: "arena", instance: Self.instance, rate: 60)
        let bytes = UInt64(RoomJournal.byteCount(segmentBytes: 32 << 10))
        let left = try JournalFile.make(at: "\(scratch.path)/left.room", header, segmentBytes: 32 << 10)
        keeper.adopt(left)
        let made = await Self.make(header, by: keeper)
        #expect(keeper.figures.files == 2 && keeper.figures.bytes == 2 * bytes && keeper.figures.made == 1)
        keeper.remove(left)
        if case .success(let handover) = made { keeper.remove(handover) }
        keeper.finish()
        #expect(keeper.figures.files == 0 && keeper.figures.bytes == 0 && keeper.figures.removed == 2)
        #expect(try directory.roomFiles().isEmpty)
    }

    @Test("The keeper counts files that cannot be made")
    func failures() async throws {
        let scratch = Scratch()
        let keeper = JournalKeeper(try StateDirectory(scratch.path))
        unlink("\(scratch.path)/lock")
        #expect(rmdir(scratch.path) == 0)
        let made = await Self.make(JournalHeader(room: "arena", instance: Self.instance, rate: 60), by: keeper)
        #expect(throws: SystemFailure.self) { try made.get() }
        #expect(keeper.figures.failed == 1 && keeper.figures.files == 0 && keeper.figures.made == 0)
    }

    private typealias Made = Result<JournalKeeper.Handover, SystemFailure>

    private static func make(_ header: JournalHeader, by keeper: JournalKeeper) async -> Made {
        await withCheckedContinuation { continuation in
            keeper.make(header, segmentBytes: 32 << 10) { continuation.resume(returning: $0) }
        }
    }

    @Test("A signal while a file is made is no full disk")
    func interrupted() throws {
        // Allocating in memory can be interrupted, on most disks it cannot.
        let scratch = Scratch(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let header = JournalHeader(room: "arena", instance: Self.instance, rate: 60)
        var interrupts = sigaction()
        interrupts.__sigaction_handler.sa_handler = { _ in }
        #expect(sigaction(SIGUSR2, &interrupts, nil) == 0)
        let maker = pthread_self()
        let signals = Thread {
            for _ in 0..<1000 {
                pthread_kill(maker, SIGUSR2)
                usleep(100)
            }
        }
        signals.start()
        let file = try JournalFile.make(at: "\(scratch.path)/large.room", header, segmentBytes: 32 << 20)
        while !signals.isFinished { usleep(1000) }
        #expect(file.path.hasSuffix("large.room"))
    }

    @Test("Files that cannot be used are set aside, the newest sixteen of them")
    func aside() throws {
        let scratch = Scratch()
        let directory = try StateDirectory(scratch.path)
        for number in 0..<20 {
            let header = JournalHeader(room: "arena", instance: RoomInstance(high: 0, low: UInt64(number)), rate: 60)
            let path = directory.file(of: header.instance, segmentBytes: 4096)
            _ = try JournalFile.make(at: path, header, segmentBytes: 4096)
            #expect(directory.setAside(path) == path + ".aside")
        }
        #expect(try directory.roomFiles().isEmpty)
        #expect(scratch.names.filter { $0.hasSuffix(".aside") }.count == 16)
    }
}
