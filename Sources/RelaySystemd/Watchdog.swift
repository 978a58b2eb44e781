import Foundation
import RelayHosting
import Synchronization

/// Judges whether every watched thread has moved, from counters that only grow.
package struct ProgressWitness {
    private var proved: [UInt64] = []

    package init() {}

    /// Whether every counter has moved since this last returned true. The first call proves nothing.
    package mutating func proves(_ counts: [UInt64]) -> Bool {
        guard counts.count == self.proved.count else {
            self.proved = counts
            return false
        }
        guard zip(counts, self.proved).allSatisfy({ $0 != $1 || $0 == Pulse.ended }) else { return false }
        self.proved = counts
        return true
    }
}

/// Tells systemd that the relay lives, on a thread of its own, but only on proof: it sends `WATCHDOG=1` only when the counters of
/// all arena threads and of the front door's loop have moved. If one of them hangs it sends nothing, and systemd ends the
/// process.
///
/// If a counter says that its thread is broken, it has systemd end the process at once.
///
/// While the relay drains, the same proof asks for more time.
package final class Watchdog: Sendable {
    private let manager: ServiceManager
    private let interval: WatchdogInterval
    private let isEnabled: Bool
    /// CLOCK_MONOTONIC, nanoseconds.
    private let now: @Sendable () -> UInt64
    private let proofs = Atomic<UInt64>(0)
    /// When the last proof was, on the same clock; meaningless before the first.
    private let lastProof = Atomic<UInt64>(0)
    private let isDraining = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)

    /// - Parameters:
    ///   - interval: The unit's. Without one the checks serve drains only, at the pace of ``standIn``.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    package init(
        _ manager: ServiceManager, interval: WatchdogInterval?,
        now: @escaping @Sendable () -> UInt64 = { DispatchTime.now().uptimeNanoseconds }
    ) {
        self.manager = manager
        (self.interval, self.isEnabled, self.now) = (interval ?? Self.standIn, interval != nil, now)
    }

    /// What there is to say of it now. Callable from any thread; does not wait.
    package var figures: RelayStatistics.Watchdog {
        // Acquired, so that the time is that of this proof or of a later one.
        let proofs = self.proofs.load(ordering: .acquiring)
        let last = self.lastProof.load(ordering: .relaxed)
        let now = self.now()
        return RelayStatistics.Watchdog(
            supervised: self.manager.isThere, enabled: self.isEnabled, proofs: proofs,
            sinceProofMicroseconds: proofs == 0 ? nil : (now - min(last, now)) / 1000)
    }

    static let standIn = WatchdogInterval(microseconds: 2_000_000)
    /// More time asked for by each proof while draining. Microseconds.
    static let drainExtension: UInt64 = 5_000_000

    /// Begins. `progress` gives the counters; it is called on the watchdog's thread, and must not wait for anybody.
    package func start(progress: @escaping @Sendable () -> [UInt64]) {
        let thread = Thread { self.run(progress) }
        thread.name = "watchdog"
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// From now on each proof also asks for more time to drain.
    package func drain() { self.isDraining.store(true, ordering: .relaxed) }

    /// Ends the thread at its next check.
    package func stop() { self.isOver.store(true, ordering: .relaxed) }

    private func run(_ progress: () -> [UInt64]) {
        var witness = ProgressWitness()
        while !self.isOver.load(ordering: .relaxed) {
            let counts = progress()
            if counts.contains(Pulse.broken) {
                self.manager.notify(.broken)
            } else if witness.proves(counts) {
                self.testify()
            }
            usleep(UInt32(clamping: self.interval.microseconds / 4))
        }
    }

    private func testify() {
        self.lastProof.store(self.now(), ordering: .relaxed)
        self.proofs.add(1, ordering: .releasing)
        if self.isDraining.load(ordering: .relaxed) {
            self.manager.notify(.alive, .extendTimeout(microseconds: Self.drainExtension))
        } else {
            self.manager.notify(.alive)
        }
    }
}
