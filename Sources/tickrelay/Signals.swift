import Foundation
import Synchronization

/// Signals that a serving relay obeys: SIGHUP reads settings again, the first SIGTERM or SIGINT drains. The second ends the
/// process on the spot, even one that hangs, because the first has restored the default action of both.
enum Signals {
    /// The end of a pipe that the handlers write to, because little else is safe to do in a handler.
    private static let pipe = Atomic<Int32>(-1)

    /// Calls back on a thread of its own, once for each signal.
    static func obey(reload: @escaping @Sendable () -> Void, drain: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0, "no descriptors left for a pipe at the start")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        Self.pipe.store(ends[1], ordering: .releasing)
        let reading = ends[0]
        let thread = Thread {
            var number: UInt8 = 0
            while read(reading, &number, 1) == 1 || errno == EINTR { Int32(number) == SIGHUP ? reload() : drain() }
        }
        thread.name = "signals"
        thread.stackSize = 1 << 18
        thread.start()
        signal(SIGHUP) { Signals.pass($0) }
        for ending in [SIGTERM, SIGINT] {
            signal(ending) { number in
                signal(SIGTERM, SIG_DFL)
                signal(SIGINT, SIG_DFL)
                Signals.pass(number)
            }
        }
    }

    private static func pass(_ number: Int32) {
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Self.pipe.load(ordering: .acquiring), &byte, 1)
        errno = saved
    }
}
