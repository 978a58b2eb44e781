import NIOCore
import Synchronization

/// Counts the rounds of an event loop, so that a loop that hangs is seen.
final class FrontDoorPulse: Sendable {
    private let rounds = Atomic<UInt64>(0)

    var count: UInt64 { self.rounds.load(ordering: .relaxed) }

    /// Counts on `loop` from now on, as long as the loop lives.
    ///
    /// - Parameter interval: Nanoseconds.
    func heartbeat(on loop: any EventLoop, every interval: UInt64) {
        let amount = TimeAmount.nanoseconds(Int64(clamping: interval))
        loop.scheduleRepeatedTask(initialDelay: .zero, delay: amount) { _ in self.rounds.add(1, ordering: .relaxed) }
    }
}
