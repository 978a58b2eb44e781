import CRelayLinux
import Glibc
import RelayCore
import RelayHosting
import RelayJournal
import RelayWire
import Synchronization

/// The part of an arena thread that other threads may touch: its commands, which wake it up, and its published counters.
///
/// ``RoomDirectory`` bounds admissions, a room asks for one file at a time, and operators' orders are few. What players ask for over HTTP is
/// bounded here: a thread that hangs takes nothing out.
package final class ArenaMailbox: Sendable {
    private struct State {
        /// Newcomers, in order. There may be many.
        var admissions: [ArenaCommand] = []
        /// All other commands. They must not wait behind a crowd of newcomers.
        var orders: [ArenaCommand] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Whether a command waits. Read in every pass, where a lock would cost too much.
    private let isWaiting = Atomic<Bool>(false)
    /// Grows only while ticks and commands both move. ``Pulse/broken`` once an invariant was broken, ``Pulse/ended`` once the
    /// thread has ended.
    let pulse = Atomic<UInt64>(0)
    /// Connections the thread holds, those on their way to it and closing ones included.
    let connections = Atomic<Int>(0)
    /// The descriptors that they take.
    let descriptors = Atomic<Int>(0)
    /// The rooms' stride while the thread is overloaded; 0 while it holds its ticks.
    let overload = Atomic<UInt64>(0)
    let wakeUp: Int32

    package init?() {
        self.wakeUp = crelay_eventfd_create()
        if self.wakeUp < 0 { return nil }
    }

    deinit { _ = Glibc.close(self.wakeUp) }

    /// The thread holds so many more from now on.
    func holds(connections: Int, descriptors: Int) {
        self.connections.add(connections, ordering: .relaxed)
        self.descriptors.add(descriptors, ordering: .relaxed)
    }

    /// False if the thread has ended, or so much waits for it that it takes no request of a player.
    package func post(_ command: ArenaCommand) -> Bool {
        let isOpen = self.state.withLock { state in
            guard !state.isClosed else { return false }
            if case .perform = command, state.orders.count >= PendingRequests.maximum { return false }
            if case .admit = command { state.admissions.append(command) } else { state.orders.append(command) }
            return true
        }
        if isOpen { self.signal() }
        return isOpen
    }

    private func signal() {
        self.isWaiting.store(true, ordering: .releasing)
        _ = crelay_eventfd_signal(self.wakeUp)
    }

    /// Takes all orders and the `bound` oldest admissions. If admissions are left, the next sleep ends at once.
    package func take(atMost bound: Int) -> [ArenaCommand] {
        guard self.isWaiting.load(ordering: .acquiring) else { return [] }
        self.isWaiting.store(false, ordering: .relaxed)
        _ = crelay_eventfd_drain(self.wakeUp)
        let (taken, isMore) = self.state.withLock { state in
            let admitted = state.admissions.prefix(bound)
            let taken = state.orders + admitted
            state.admissions.removeFirst(admitted.count)
            state.orders.removeAll(keepingCapacity: true)
            return (taken, !state.admissions.isEmpty)
        }
        if isMore { self.signal() }
        return taken
    }

    /// Refuses commands from now on. Returns those that still waited.
    package func close() -> [ArenaCommand] {
        self.state.withLock { state in
            state.isClosed = true
            return state.orders + state.admissions
        }
    }
}
