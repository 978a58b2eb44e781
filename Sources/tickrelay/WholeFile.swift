import Glibc

/// Writes a file so that readers, and a machine that loses power, have all of it or the old one. The umask has no say.
struct WholeFile {
    var path: String
    var mode: mode_t
    /// Nil: that of the caller.
    var group: gid_t?

    /// - Parameter replaces: Whether there may be such a file; else it is left alone, and that is a failure.
    func write(_ bytes: [UInt8], replaces: Bool) throws(SetupFailure) {
        let draft = "\(self.path).\(getpid()).new"
        try self.create(draft, bytes)
        // A link fails where a file is, and a rename does not.
        let isPlaced = replaces ? rename(draft, self.path) == 0 : link(draft, self.path) == 0
        let failure = isPlaced ? nil : SetupFailure.unwritable(self.path)
        if !replaces || !isPlaced { unlink(draft) }
        if let failure { throw failure }
        try self.syncDirectory()
    }

    /// Readable by its owner alone until it has its group: the mode comes last.
    private func create(_ draft: String, _ bytes: [UInt8]) throws(SetupFailure) {
        unlink(draft)  // of a process that had our number
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(self.path) }
        defer { close(descriptor) }
        let isOwned = self.group.map { fchown(descriptor, uid_t.max, $0) == 0 } ?? true
        guard isOwned, Self.writeAll(bytes, to: descriptor), fchmod(descriptor, self.mode) == 0, fsync(descriptor) == 0 else {
            let failure = SetupFailure.unwritable(self.path)
            unlink(draft)
            throw failure
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }

    private func syncDirectory() throws(SetupFailure) {
        let directory = String(self.path[..<(self.path.lastIndex(of: "/") ?? self.path.startIndex)])
        let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(self.path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable(self.path) }
    }
}
