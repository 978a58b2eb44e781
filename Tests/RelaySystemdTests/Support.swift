import Foundation
import Glibc
import Synchronization

/// The service manager's end: a datagram socket named by NOTIFY_SOCKET of this process.
struct NotifySocket {
    struct Failed: Error {}

    let path: String
    private let descriptor: Int32

    init() throws {
        self.path = NSTemporaryDirectory() + "notify-\(UUID().uuidString)"
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: self.path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, setenv("NOTIFY_SOCKET", self.path, 1) == 0 else { throw Failed() }
    }

    /// The next message; nil if none comes in so many milliseconds.
    func next(within milliseconds: Int32 = 5000) -> String? {
        var poll = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    func close() {
        unsetenv("NOTIFY_SOCKET")
        Glibc.close(self.descriptor)
        unlink(self.path)
    }
}

/// Stands still until it is moved. Nanoseconds.
final class StoppedClock: Sendable {
    private let time = Atomic<UInt64>(5_000_000_000)

    var now: UInt64 { self.time.load(ordering: .relaxed) }
    func advance(by nanoseconds: UInt64) { self.time.add(nanoseconds, ordering: .relaxed) }
}

/// Counts on when asked.
final class Counter: Sendable {
    private let count = Atomic<UInt64>(1)
    private let hanging = Atomic<Bool>(false)

    var isHanging: Bool { self.hanging.load(ordering: .relaxed) }
    func next() -> UInt64 { self.count.add(1, ordering: .relaxed).newValue }
    func hang() { self.hanging.store(true, ordering: .relaxed) }
}
