import Synchronization

/// Whom operators keep out. Shared by all who let players in, and by the admin API.
///
/// A ban is in the file before it counts, and before the operator is told: what was answered with *banned* is not forgotten, whatever ends
/// the process. Changes are made by one at a time; asking never waits for a change.
package final class BanList: Sendable {
    /// At a time, with those that ended lately.
    package static let maximum = 4096
    /// How long an ended ban is kept, in case the clock was wrong. Seconds.
    private static let keptAfterEnd: Int64 = 86_400

    /// Why there is no new ban.
    package enum Refusal: Error, Equatable, Sendable {
        case tooMany
        /// The file could not be written; the text says why.
        case notSaved(String)
    }

    private struct State {
        var nextID: UInt64 = 1
        /// In the order of their ids.
        var bans: [Ban] = []
        var index = BanIndex()
    }

    private let state: Mutex<State>
    /// Held while the file is written, so that it gets the changes in their order.
    private let writing = Mutex<Void>(())
    private let file: BanFile?

    /// - Parameter file: Nil if bans end with the process.
    package init(_ file: BanFile? = nil) {
        self.state = Mutex(State())
        self.file = file
    }

    /// Begins with what the file has.
    ///
    /// - Throws: If it cannot be read: then the list is empty, and the file as it was until the next change.
    package func restore() throws {
        guard let content = try self.file?.read() else { return }
        self.state.withLock { $0 = State(nextID: content.nextID, bans: content.bans, index: BanIndex(content.bans)) }
    }

    /// Those that have not ended, the newest first.
    package func all(at now: Int64) -> [Ban] {
        self.state.withLock { $0.bans }.filter { now < $0.until }.reversed()
    }

    /// To look many up at once.
    package var index: BanIndex { self.state.withLock { $0.index } }

    /// The ban that keeps somebody out of a room; nil if none does.
    package func ban(of player: String?, _ address: IPAddress?, in room: String, at now: Int64) -> Ban? {
        self.index.ban(of: player, address, in: room, at: now)
    }

    /// Adds a ban. Waits for the file: not for an event loop.
    ///
    /// - Parameter draft: Its id is replaced.
    package func add(_ draft: Ban) throws(Refusal) -> Ban {
        try self.change { state throws(Refusal) in
            state.bans.removeAll { $0.until <= draft.made - Self.keptAfterEnd }
            if state.bans.count >= Self.maximum { state.bans.removeAll { $0.until <= draft.made } }
            guard state.bans.count < Self.maximum, state.nextID < .max else { throw .tooMany }
            var ban = draft
            ban.id = state.nextID
            state.nextID += 1
            state.bans.append(ban)
            return ban
        }
    }

    /// Ends a ban; nil if there is none of this id that has not ended. Waits for the file.
    package func lift(_ id: UInt64, at now: Int64) throws(Refusal) -> Ban? {
        try self.change { state throws(Refusal) in
            guard let index = state.bans.firstIndex(where: { $0.id == id && now < $0.until }) else { return nil }
            return state.bans.remove(at: index)
        }
    }

    /// Makes a change in the file first, then here.
    private func change<Result>(_ body: (inout State) throws(Refusal) -> Result) throws(Refusal) -> Result {
        try self.writing.withLock { _ throws(Refusal) in
            var changed = self.state.withLock { $0 }
            let result = try body(&changed)
            do {
                try self.file?.write(BanFile.Content(nextID: changed.nextID, bans: changed.bans))
            } catch {
                throw .notSaved("\(error)")
            }
            changed.index = BanIndex(changed.bans)
            self.state.withLock { $0 = changed }
            return result
        }
    }
}
