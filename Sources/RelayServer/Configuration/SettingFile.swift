import Glibc

/// A file that a setting names: by its path, or `credential:NAME` for one that systemd passes. Never logged with its content.
package struct SettingFile: Sendable, Equatable {
    /// What is wrong with it, in words that follow its name. Says nothing of its content.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package var description: String
        package init(_ description: String) { self.description = description }
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// - Parameter directory: The variable CREDENTIALS_DIRECTORY.
    init(setting text: String, credentials directory: String?) throws(Problem) {
        let prefix = "credential:"
        guard text.hasPrefix(prefix) else {
            guard !text.isEmpty else { throw Problem("must be the path of a file, or credential:NAME") }
            self.path = text
            return
        }
        let name = text.dropFirst(prefix.count)
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw Problem("must name a credential as LoadCredential= does")
        }
        guard let directory else { throw Problem("takes systemd: the unit needs LoadCredential=\(name):/path") }
        self.path = "\(directory)/\(name)"
    }

    /// The whole content, whoever may read or change it.
    package func read(atMost maximum: Int) throws(Problem) -> [UInt8] {
        try self.open { descriptor, _ throws(Problem) in try Self.readAll(descriptor, atMost: maximum) }
    }

    /// The whole content of what only its owner, this user or root, may change, and others may not read if it is secret.
    ///
    /// - Parameter isSecret: Judges the content; without it, it is secret whatever it is.
    package func readGuarded(
        atMost maximum: Int, isSecret: ([UInt8]) throws(Problem) -> Bool = { _ in true }
    ) throws(Problem) -> [UInt8] {
        try self.open { descriptor, status throws(Problem) in
            let bytes = try Self.readAll(descriptor, atMost: maximum)
            guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
                throw Problem("can be changed by others than its owner, this user or root: chmod 600, chown")
            }
            let isReadByOthers = status.st_mode & S_IRWXO != 0
            if isReadByOthers, try isSecret(bytes) { throw Problem("is secret, and everybody may read it: chmod 600") }
            return bytes
        }
    }

    private func open(_ body: (Int32, stat) throws(Problem) -> [UInt8]) throws(Problem) -> [UInt8] {
        let descriptor = Glibc.open(self.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem("cannot be read (\(String(cString: strerror(errno))))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("must be a regular file")
        }
        return try body(descriptor, status)
    }

    private static func readAll(_ descriptor: Int32, atMost maximum: Int) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= maximum {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem("cannot be read (\(String(cString: strerror(errno))))") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        throw Problem("must be at most \(maximum) bytes")
    }
}
