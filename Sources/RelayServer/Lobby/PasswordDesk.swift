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
    /// A hash that a room waits for.
    fileprivate struct RoomJob {
        var room: RoomInstance
        var password: String
        var then: @Sendable (PasswordHash) -> Void
    }

    fileprivate struct State {
        /// Of newcomers, the oldest first.
        var waiting: [@Sendable () -> Void] = []
        /// Of hosts: of each room one at most. They go first, by turns with the newcomers'.
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

    /// The hash of a password that a room is made with. Nil if too many wait already.
    package func hash(_ password: String) async -> PasswordHash? {
        let salt = self.newSalt()
        return await self.wait { ScryptHash.hash(password, salt: salt) } ?? nil
    }

    /// Whether a password is that of a hash. Nil if too many wait already.
    package func verify(_ password: String, _ hash: PasswordHash) async -> Bool? {
        await self.wait { ScryptHash.verify(password, hash) }
    }

    package func hash(_ password: String, for room: RoomInstance, then: @escaping @Sendable (PasswordHash) -> Void) {
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

    private func wait<Outcome: Sendable>(_ work: @escaping @Sendable () -> Outcome) async -> Outcome? {
        await withCheckedContinuation { continuation in
            let step = self.state.withLock { state -> Step in
                guard state.waiting.count < Self.maximumWaiting else { return .refuse }
                state.waiting.append { continuation.resume(returning: work()) }
                return state.needThread() ? .start : .queue
            }
            switch step {
            case .refuse: continuation.resume(returning: nil)
            case .queue: break
            case .start: self.startThread()
            }
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
        if let hash = ScryptHash.hash(job.password, salt: self.newSalt()) { job.then(hash) }
    }
}

extension PasswordDesk.State {
    /// Whether a thread is to be started for what has just been added.
    mutating func needThread() -> Bool {
        defer { self.hasThread = true }
        return !self.hasThread
    }

    /// What is to be done next; nil if nothing is, and then the thread ends.
    mutating func next(_ desk: PasswordDesk) -> (@Sendable () -> Void)? {
        self.isRoomsTurn.toggle()
        if !self.ofRooms.isEmpty, self.isRoomsTurn || self.waiting.isEmpty {
            let job = self.ofRooms.removeFirst()
            return { desk.hashForRoom(job) }
        }
        guard self.waiting.isEmpty else { return self.waiting.removeFirst() }
        self.hasThread = false
        return nil
    }
}
