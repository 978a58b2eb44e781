import Glibc
import NIOCore

/// A Unix socket to listen on, made by us: only its owner's people can connect, and its file goes with the listener.
package struct UnixListener: Sendable {
    /// Why it could not be opened.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Bound, not yet listening. The listener that takes it over closes it.
    package let descriptor: Int32
    private let path: String
    private let file: FileIdentity?

    private struct FileIdentity: Equatable {
        var device: dev_t
        var inode: ino_t
    }

    /// The file of a relay that was killed is replaced; one that somebody listens on, or that is no socket, is left alone.
    ///
    /// - Parameters:
    ///   - path: At most 107 bytes.
    ///   - mode: Who may connect. Holds from the first moment on.
    package init(path: String, mode: mode_t) throws(Failure) {
        (self.path, self.descriptor) = (path, socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        guard self.descriptor >= 0 else { throw Self.failure() }
        do throws(Failure) {
            try Self.clear(path)
            // bind() takes the mode of the descriptor for the file, less the umask; chmod() puts back what the umask took.
            guard fchmod(self.descriptor, mode) == 0, Self.bind(self.descriptor, path) == 0, chmod(path, mode) == 0 else {
                throw Self.failure()
            }
            self.file = Self.status(path).map { FileIdentity(device: $0.st_dev, inode: $0.st_ino) }
        } catch {
            Glibc.close(self.descriptor)
            throw error
        }
    }

    /// Removes the file, unless another relay has put its own there. To be called when nobody listens on it any more.
    package func removeFile() {
        guard let status = Self.status(self.path), FileIdentity(device: status.st_dev, inode: status.st_ino) == self.file else {
            return
        }
        // Another relay's file can have got the number of ours.
        guard Self.connectError(self.path) == ECONNREFUSED else { return }
        unlink(self.path)
    }

    /// Whether a listener is a Unix socket.
    static func isUnix(_ descriptor: Int32) -> Bool {
        var (domain, length): (Int32, socklen_t) = (0, 4)
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX
    }

    /// Whether only this user, and root, can connect to the socket of this name.
    static func isPrivate(path: String) -> Bool { self.status(path).map { $0.st_mode & 0o077 == 0 } ?? false }

    // MARK: The file

    /// Makes room for the socket's file.
    private static func clear(_ path: String) throws(Failure) {
        guard let status = self.status(path) else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Failure(description: "there is a file of this name that is no socket: remove it, or name another")
        }
        switch Self.connectError(path) {
        case ECONNREFUSED: break
        case 0: throw Failure(description: "somebody listens there already")
        case let error: throw Failure(description: String(cString: strerror(error)))
        }
        guard unlink(path) == 0 else { throw self.failure() }
    }

    /// What connecting says: 0 if somebody listens, ECONNREFUSED if nobody does.
    private static func connectError(_ path: String) -> Int32 {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return errno }
        let error = self.withAddress(path) { connect(probe, $0, $1) } == 0 ? 0 : errno
        Glibc.close(probe)
        return error == EAGAIN ? 0 : error  // its backlog is full
    }

    private static func bind(_ descriptor: Int32, _ path: String) -> Int32 {
        self.withAddress(path) { Glibc.bind(descriptor, $0, $1) }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    private static func failure() -> Failure { Failure(description: String(cString: strerror(errno))) }
}
