import CRelayLinux
import Foundation
import RelayCore
import RelayHosting
import RelayWire
import Synchronization

/// Hashes and checks the passwords of rooms, one at a time, on a thread of its own that gives way to all others: a flood of wrong
/// passwords makes nobody's tick late. One for all listeners.
package final class PasswordDesk: PasswordHashing {
    /// Newcomers' passwords that may wait. Over it they are told to come again.
    private static let maximumWaiting = 64
    /// Of them, those of one address.
    private static let maximumOfAddress = 8
    /// A newcomer's password.
    fileprivate struct Job {
        var block: AddressBlock?
        var isGivenUp: @Sendable () -> Bool
        /// With false it answers nil and does nothing.
        var run: @Sendable (Bool) -> Void
    }

    /// A hash that a room waits for.
    fileprivate struct RoomJob {
        var room: RoomInstance
        var password: String
        var then: @Sendable (PasswordHash?) -> Void
    }

    fileprivate struct State {
        /// Of newcomers, the oldest first.
        var waiting: [Job] = []
        /// Of hosts: of each room one at most. They take turns with the newcomers'.
        var ofRooms: [RoomJob] = []
        var isRoomsTurn = true
        var hasThread = false
    }

    /// What becomes of somebody who asks.
    private enum Step {
        case refuse, queue, start
    }

    private let state = Mutex(State())
    private let random: @Sendable () -> UInt64

    /// - Parameter random: 64 unpredictable bits.
    package init(random: @escaping @Sendable () -> UInt64) { self.random = random }

    /// The hash of a password that a room is made with. Nil if too many wait already, in all or of this address.
    ///
    /// - Parameter block: Nil for this machine, of which as many may wait as there may be.
    package func hash(_ password: String, of block: AddressBlock? = nil) async -> PasswordHash? {
        let salt = self.newSalt()
        return await self.wait(block) { ScryptHash.hash(password, salt: salt) } ?? nil
    }

    /// Whether a password is that of a hash. Nil if too many wait already.
    package func verify(_ password: String, _ hash: PasswordHash, of block: AddressBlock? = nil) async -> Bool? {
        await self.wait(block) { ScryptHash.verify(password, hash) }
    }

    package func hash(_ password: String, for room: RoomInstance, then: @escaping @Sendable (PasswordHash?) -> Void) {
        let job = RoomJob(room: room, password: password, then: then)
        let startsThread = self.state.withLock { state in
            if let index = state.ofRooms.firstIndex(where: { $0.room == room }) {
                state.ofRooms[index] = job
            } else {
                state.ofRooms.append(job)
            }
            return state.needThread()
        }
        if startsThread { self.startThread() }
    }

    /// Nobody waits any more for what is asked by a task that is cancelled: its turn costs nothing.
    private func wait<Outcome: Sendable>(
        _ block: AddressBlock?, _ work: @escaping @Sendable () -> Outcome
    ) async -> Outcome? {
        let isGivenUp = Flag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.add(
                    Job(block: block, isGivenUp: { isGivenUp.isSet }) {
                        continuation.resume(returning: $0 && !isGivenUp.isSet ? work() : nil)
                    })
            }
        } onCancel: {
            isGivenUp.set()
        }
    }

    private func add(_ job: Job) {
        let (step, dropped) = self.state.withLock { state -> (Step, [Job]) in
            let dropped = state.waiting.count < Self.maximumWaiting ? [] : state.dropGivenUp()
            let ofAddress = job.block.map { block in state.waiting.count { $0.block == block } } ?? 0
            guard state.waiting.count < Self.maximumWaiting, ofAddress < Self.maximumOfAddress else { return (.refuse, dropped) }
            state.waiting.append(job)
            return (state.needThread() ? .start : .queue, dropped)
        }
        for job in dropped { job.run(false) }
        switch step {
        case .refuse: job.run(false)
        case .queue: break
        case .start: self.startThread()
        }
    }

    private func newSalt() -> [UInt8] {
        let words = [self.random(), self.random()]
        return words.flatMap { word in withUnsafeBytes(of: word) { [UInt8]($0) } }
    }

    /// Runs as long as there is work: most relays never see a password.
    private func startThread() {
        let thread = Thread { [self] in
            _ = crelay_set_thread_name("passwords")
            _ = crelay_give_way(19)
            while let work = self.state.withLock({ $0.next(self) }) { work() }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    fileprivate func hashForRoom(_ job: RoomJob) {
        job.then(ScryptHash.hash(job.password, salt: self.newSalt()))
    }
}

extension PasswordDesk.State {
    /// Whether a thread is to be started for what has just been added.
    mutating func needThread() -> Bool {
        defer { self.hasThread = true }
        return !self.hasThread
    }

    /// Takes out those for whom nobody waits.
    mutating func dropGivenUp() -> [PasswordDesk.Job] {
        let dropped = self.waiting.filter { $0.isGivenUp() }
        if !dropped.isEmpty { self.waiting.removeAll { $0.isGivenUp() } }
        return dropped
    }

    /// What is to be done next; nil if nothing is, and then the thread ends.
    mutating func next(_ desk: PasswordDesk) -> (@Sendable () -> Void)? {
        self.isRoomsTurn.toggle()
        if !self.ofRooms.isEmpty, self.isRoomsTurn || self.waiting.isEmpty {
            let job = self.ofRooms.removeFirst()
            return { desk.hashForRoom(job) }
        }
        if !self.waiting.isEmpty {
            let job = self.waiting.removeFirst()
            return { job.run(true) }
        }
        self.hasThread = false
        return nil
    }
}

/// Set once, by another thread.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { self.value.load(ordering: .relaxed) }
    func set() { self.value.store(true, ordering: .relaxed) }
}
