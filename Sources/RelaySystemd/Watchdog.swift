import Foundation
import Synchronization

/// Judges whether everybody has moved, from counters that only grow.
struct ProgressWitness {
    /// What a counter shows whose owner has ended as it should: nothing more is expected of it.
    static let ended = UInt64.max
    /// What a counter shows whose owner has found itself broken.
    static let broken = UInt64.max - 1

    private var proved: [UInt64] = []

    /// Whether every counter has moved since this last said so. The first look proves nothing.
    mutating func proves(_ counts: [UInt64]) -> Bool {
        guard counts.count == self.proved.count else {
            self.proved = counts
            return false
        }
        guard zip(counts, self.proved).allSatisfy({ $0 != $1 || $0 == Self.ended }) else { return false }
        self.proved = counts
        return true
    }
}

/// Tells systemd that we live, on a thread of its own, but only on proof: each arena thread and the front door's loop count
/// what they do, and only when all of them have counted on is `WATCHDOG=1` sent. A thread that hangs ends that, and systemd
/// ends the process.
///
/// A counter that says that its owner is broken has systemd end the process at once.
///
/// While the relay drains, the same proof asks for more time.
public final class Watchdog: Sendable {
    private let manager: ServiceManager
    private let interval: WatchdogInterval
    private let isDraining = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)

    /// - Parameter interval: The unit's; without one only drains are spoken of, at the pace of ``standIn``.
    public init(_ manager: ServiceManager, interval: WatchdogInterval?) {
        self.manager = manager
        self.interval = interval ?? Self.standIn
    }

    static let standIn = WatchdogInterval(microseconds: 2_000_000)
    /// More time asked for by each proof while draining. Microseconds.
    static let drainExtension: UInt64 = 5_000_000

    /// Begins. `progress` gives the counters; it is called on the watchdog's thread, and must not wait for anybody.
    public func start(progress: @escaping @Sendable () -> [UInt64]) {
        let thread = Thread { self.run(progress) }
        thread.name = "watchdog"
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// From now on proofs ask for time to drain, too.
    public func drain() { self.isDraining.store(true, ordering: .relaxed) }

    /// Ends after the next look.
    public func stop() { self.isOver.store(true, ordering: .relaxed) }

    private func run(_ progress: () -> [UInt64]) {
        var witness = ProgressWitness()
        while !self.isOver.load(ordering: .relaxed) {
            let counts = progress()
            if counts.contains(ProgressWitness.broken) {
                self.manager.notify(.broken)
            } else if witness.proves(counts) {
                self.testify()
            }
            usleep(UInt32(clamping: self.interval.microseconds / 4))
        }
    }

    private func testify() {
        if self.isDraining.load(ordering: .relaxed) {
            self.manager.notify(.alive, .extendTimeout(microseconds: Self.drainExtension))
        } else {
            self.manager.notify(.alive)
        }
    }
}
