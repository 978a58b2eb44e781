import CRelayLinux
import RelayJournal
import RelayWire
import Synchronization

/// What other threads ask of an arena thread.
enum ArenaCommand: Sendable {
    case admit(Admission)
    case report(Answer<ThreadReport>)
    case journalMade(RoomRoute, Result<JournalKeeper.Handover, SystemFailure>)
    case summarize(Answer<ArenaSummary>)
    case drain
    /// Never to return: what the watchdog is there for.
    case hang
    /// Breaks an invariant of a room: what the audit is there for.
    case miscount
    /// Has a room's next tick do harm.
    case fail(RoomInstance, TickFault)
}

/// The part of an arena thread that others may touch: a mailbox that wakes it up, and what it shows of itself.
///
/// Bounded by those who post: ``RoomDirectory`` bounds the admissions on their way, everything else is asked for by operators.
final class ArenaMailbox: Sendable {
    private struct State {
        /// Newcomers: as many as there are, in order.
        var admissions: [ArenaCommand] = []
        /// Everything else: few, and not to wait behind a crowd of newcomers.
        var orders: [ArenaCommand] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Whether a command waits. Looked at in every pass, where a lock would be too dear.
    private let isWaiting = Atomic<Bool>(false)
    /// Grows with every pass, which is ticks and commands; ``Arena/endedPulse`` once the thread has ended.
    let pulse = Atomic<UInt64>(0)
    /// Connections the thread holds, those on their way to it and closing ones included.
    let connections = Atomic<Int>(0)
    /// The rooms' stride while the thread is overloaded; 0 while it holds its ticks.
    let overload = Atomic<UInt64>(0)
    let wakeUp: Int32

    init?() {
        self.wakeUp = crelay_eventfd_create()
        if self.wakeUp < 0 { return nil }
    }

    deinit { Carrier(descriptor: self.wakeUp).close(abruptly: false) }

    /// False if the thread has ended.
    func post(_ command: ArenaCommand) -> Bool {
        let isOpen = self.state.withLock { state in
            guard !state.isClosed else { return false }
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

    /// Takes all orders and the oldest admissions. If more are left, the next sleep ends at once.
    func take(atMost bound: Int) -> [ArenaCommand] {
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

    /// From now on nothing is taken. Returns what was still waiting.
    func close() -> [ArenaCommand] {
        self.state.withLock { state in
            state.isClosed = true
            return state.orders + state.admissions
        }
    }
}
