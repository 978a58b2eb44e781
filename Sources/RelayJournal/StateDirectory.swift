import CRelayLinux
import Glibc
import RelayWire

/// The directory in which rooms outlive the process: one file for each room, the token key, and a lock.
package final class StateDirectory: Sendable {
    package let path: String
    private let lock: Int32

    /// Why a relay refuses to start on a directory.
    package enum Unusable: Error, Equatable, Sendable, CustomStringConvertible {
        case failure(SystemFailure)
        /// Another relay uses it.
        case inUse(String)
        /// Other users may put files there, the token key among them.
        case exposed(String)
        case damagedKey(String)
        /// Other users may know the token key, or have chosen it.
        case exposedKey(String)

        /// EX_CANTCREAT.
        package static let exitCode: Int32 = 73

        package var description: String {
            switch self {
            case .failure(let failure): "\(failure): the state directory must be one that this user may write to"
            case .inUse(let path): "another relay uses the state directory \(path): give each its own"
            case .exposed(let path): "others may write to the state directory \(path): make it this user's own, and chmod 700 it"
            case .damagedKey(let path): "\(path) is not a token key: remove it, which ends all rooms of this directory"
            case .exposedKey(let path):
                "others may read \(path), and whoever has it can take any seat: make it this user's own and chmod 600 it, or, if it may "
                    + "have been read, remove it, which ends all rooms of this directory"
            }
        }
    }

    /// Opens a directory, which it makes if needed, and locks it against other relays for as long as this process lives.
    package init(_ path: String) throws(Unusable) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .failure(SystemFailure("make the directory \(path)")) }
        try Self.checkOwner(of: path)
        let lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .failure(SystemFailure("write to \(path)")) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .inUse(path)
        }
        self.lock = lock
    }

    deinit { close(self.lock) }

    /// Other users must not be able to write here: they could leave rooms, or a token key that they know.
    private static func checkOwner(of path: String) throws(Unusable) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .failure(SystemFailure("look at \(path)")) }
        let isOurs = status.st_uid == geteuid() || status.st_uid == 0
        guard isOurs, status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .exposed(path) }
    }

    /// Lets other relays in. The end of the process does so too.
    func unlock() { _ = flock(self.lock, LOCK_UN) }

    // MARK: The token key

    /// The key under which tokens are signed: made once, so that tokens outlive the process.
    ///
    /// - Parameter random: Gives `byteCount` bytes from the system's generator. Called only if there is no key yet.
    package func tokenKey(byteCount: Int, random: () -> [UInt8]) throws(Unusable) -> [UInt8] {
        let path = "\(self.path)/token-key"
        if let key = try Self.readKey(path, byteCount: byteCount) { return key }
        try self.write(random(), to: path)
        guard let key = try Self.readKey(path, byteCount: byteCount) else { throw .damagedKey(path) }
        return key
    }

    /// The key; nil if there is none. The file must belong to this user and be closed to all others, as `sshd` wants its keys.
    private static func readKey(_ path: String, byteCount: Int) throws(Unusable) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw errno == ELOOP ? .damagedKey(path) : .failure(SystemFailure("open \(path)"))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failure(SystemFailure("look at \(path)")) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .damagedKey(path) }
        guard status.st_uid == geteuid(), status.st_mode & (S_IRWXG | S_IRWXO) == 0 else { throw .exposedKey(path) }
        guard status.st_size == byteCount else { throw .damagedKey(path) }
        do throws(SystemFailure) {
            return try Self.bytes(of: descriptor, path, count: byteCount)
        } catch {
            throw .failure(error)
        }
    }

    /// Writes under another name first, so that a key is there whole or not at all. Removes the draft of an earlier attempt
    /// instead of writing into it: it might be open to others.
    private func write(_ bytes: [UInt8], to path: String) throws(Unusable) {
        let draft = path + ".new"
        _ = unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failure(SystemFailure("write \(path)")) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { break }
        }
        guard rest.isEmpty, fsync(descriptor) == 0, rename(draft, path) == 0 else {
            throw .failure(SystemFailure("write \(path)"))
        }
    }

    // MARK: Other files

    /// All bytes of a file of this directory; nil if there is none.
    package func contents(ofFile name: String, atMost bound: Int) throws(Unusable) -> [UInt8]? {
        let path = "\(self.path)/\(name)"
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        do throws(SystemFailure) {
            return try Self.contents(of: path, atMost: bound)
        } catch {
            throw .failure(error)
        }
    }

    /// Replaces a file of this directory, mode 0600. If it throws, the old one is there as it was. After it the new one outlives the process;
    /// its name the machine's power, too, if the disk says so.
    package func replace(file name: String, with bytes: [UInt8]) throws(Unusable) {
        let directory = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .failure(SystemFailure("open \(self.path)")) }
        defer { close(directory) }
        try self.write(bytes, to: "\(self.path)/\(name)")
        _ = fsync(directory)
    }

    /// Renames a file of this directory that makes no sense, to keep it for inspection.
    ///
    /// - Parameter suffix: So that it takes no other's place.
    /// - Returns: Its new name.
    package func keepAside(file name: String, suffix: String) throws(Unusable) -> String {
        let aside = "\(self.path)/\(name).\(suffix)"
        guard rename("\(self.path)/\(name)", aside) == 0 else { throw .failure(SystemFailure("rename \(self.path)/\(name)")) }
        return aside
    }

    // MARK: Room files

    /// The files of rooms that an earlier process left.
    package func roomFiles() throws(Unusable) -> [String] {
        try self.entries().filter { $0.hasSuffix(Self.suffix) }.map { "\(self.path)/\($0)" }
    }

    /// The path of a room's file. A room that outgrows its file gets a larger one, so the size is part of the name.
    package func file(of instance: RoomInstance, segmentBytes: Int) -> String {
        let digits = [instance.high, instance.low].map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "\(self.path)/\(digits.joined())-\(segmentBytes >> 10)k\(Self.suffix)"
    }

    /// Renames a file that cannot be used, to keep it for inspection. Removes the oldest of such files over their maximum.
    ///
    /// - Returns: Its new name.
    package func setAside(_ file: String) -> String {
        let aside = file + Self.asideSuffix
        if rename(file, aside) != 0 { _ = unlink(file) }
        let all = ((try? self.entries()) ?? []).filter { $0.hasSuffix(Self.asideSuffix) }.map { "\(self.path)/\($0)" }
        let oldestFirst = all.sorted { Self.changed($0) < Self.changed($1) }
        for old in oldestFirst.dropLast(Self.asideBound) { _ = unlink(old) }
        return aside
    }

    package func remove(_ file: String) { _ = unlink(file) }

    /// All bytes of a file. Nothing but a regular file is read: another kind (a pipe) might make the start wait for ever.
    package static func contents(of file: String, atMost bound: Int) throws(SystemFailure) -> [UInt8] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemFailure("open \(file)") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemFailure("look at \(file)") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemFailure("read \(file)", EINVAL) }
        guard status.st_size <= bound else { throw SystemFailure("read \(file)", EFBIG) }
        return try self.bytes(of: descriptor, file, count: Int(status.st_size))
    }

    /// Reads to the end of the file, but at most `count` bytes.
    private static func bytes(of descriptor: Int32, _ file: String, count: Int) throws(SystemFailure) -> [UInt8] {
        var failure: SystemFailure?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < buffer.count {
                let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                if count < 0 { failure = SystemFailure("read \(file)") }
                guard count > 0 else { return }
                filled += count
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static let suffix = ".room"
    private static let asideSuffix = ".aside"
    /// Maximum of files kept that were set aside.
    private static let asideBound = 16

    private static func changed(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_ctim.tv_sec : 0
    }

    private func entries() throws(Unusable) -> [String] {
        guard let directory = opendir(self.path) else { throw .failure(SystemFailure("list \(self.path)")) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names.sorted()
    }
}
