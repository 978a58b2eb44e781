import Glibc

/// A file with a JWK set. One with secrets must be nobody else's to read: mode 0600, or 0640 for a group of the relay.
package struct TicketKeyFile: Sendable {
    package var file: SettingFile

    package init(_ path: String) { self.init(SettingFile(path: path)) }

    init(_ file: SettingFile) { self.file = file }

    package var path: String { self.file.path }

    /// The keys by which tickets are checked.
    package func load() async throws(TicketKeys.Refused) -> TicketKeys {
        let bytes = try self.read()
        return try await TicketKeys(decoding: bytes)
    }

    /// The whole file, after a look at who else may read or change it.
    package func read() throws(TicketKeys.Refused) -> [UInt8] {
        try self.read { bytes throws(SettingFile.Problem) in
            do throws(TicketKeys.Refused) {
                return try JWKSet(decoding: bytes).isSecret
            } catch {
                throw SettingFile.Problem(error.description)
            }
        }
    }

    /// The whole of a file that is secret whatever is in it.
    package func readSecret() throws(TicketKeys.Refused) -> [UInt8] {
        try self.read { _ throws(SettingFile.Problem) in true }
    }

    private func read(
        isSecret: ([UInt8]) throws(SettingFile.Problem) -> Bool
    ) throws(TicketKeys.Refused) -> [UInt8] {
        do throws(SettingFile.Problem) {
            return try self.file.readGuarded(atMost: TicketKeys.maximumBytes, isSecret: isSecret)
        } catch {
            throw .init(error.description)
        }
    }

    // MARK: Writing

    /// Writes the file at once: a reader sees the old set or the new one. A new file has mode 0600; one that is replaced keeps its owner, its
    /// group and its mode, as far as that is fit for secrets, or the relay could not read it any more.
    ///
    /// - Parameter isNew: There must be no such file yet.
    package func write(_ set: JWKSet, isNew: Bool) throws(TicketKeys.Refused) {
        let bytes = Array((set.text + "\n").utf8)
        if isNew { return try Self.create(self.path, bytes) }
        var old = stat()
        guard stat(self.path, &old) == 0 else { throw Self.unwritable() }
        let draft = "\(self.path).\(getpid())"
        try Self.create(draft, bytes)
        let mode = old.st_mode & (set.isSecret ? 0o640 : 0o644)
        // The mode last: it is for that group, not for the caller's.
        guard lchown(draft, old.st_uid, old.st_gid) == 0, chmod(draft, mode) == 0 else {
            let reason = Self.unwritable("its owner or group cannot be kept: do it as that user, or root")
            unlink(draft)
            throw reason
        }
        guard rename(draft, self.path) == 0 else {
            let reason = Self.unwritable()
            unlink(draft)
            throw reason
        }
    }

    private static func create(_ path: String, _ bytes: [UInt8]) throws(TicketKeys.Refused) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .init("cannot be made (\(String(cString: strerror(errno))))") }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0
        else {
            unlink(path)
            throw .init("cannot be written")
        }
    }

    private static func unwritable(_ advice: String? = nil) -> TicketKeys.Refused {
        .init("cannot be written (\(String(cString: strerror(errno)))\(advice.map { "; " + $0 } ?? ""))")
    }
}
