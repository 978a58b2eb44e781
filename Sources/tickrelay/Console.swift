import Glibc

/// Lines for people, unbuffered, so that a waiting reader gets each at once.
enum Console {
    static func say(_ line: String) { self.write(line + "\n", to: STDOUT_FILENO) }
    static func complain(_ line: String) { self.write(line + "\n", to: STDERR_FILENO) }

    /// Waits until all of it is taken. Drops the rest on an error: there is nowhere to report it.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another process that shares the descriptor has made it non-blocking.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&room, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
