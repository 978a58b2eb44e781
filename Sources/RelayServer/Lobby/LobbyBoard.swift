import NIOCore
import RelayCore
import RelayHosting
import RelayWire
import Synchronization

/// The listed rooms in the order of lists, each encoded once after it has changed. Shared by all front doors of a relay.
///
/// Every call first takes over what is new in the index, so that a look costs as much as has changed since the last one.
package final class LobbyBoard: Sendable {
    /// What became of listed rooms since a revision.
    struct News: Sendable {
        var revision: UInt64
        /// By name; nil for rooms that are gone, or not listed.
        var rooms: [(name: ExactString, entry: LobbyEntry?)]
    }

    fileprivate struct State {
        /// Of the index, up to which it was taken over.
        var revision: UInt64 = 0
        var listed: [ExactString: LobbyEntry] = [:]
        /// The same rooms, as lists show them.
        var sorted: [LobbyEntry] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The first rooms that somebody wants to see, and whether there are more.
    package func rooms(_ query: LobbyQuery, in index: LobbyIndex) -> (entries: [LobbyEntry], more: Bool) {
        let sorted = self.state.withLock { state in
            state.look(at: index)
            return state.sorted
        }
        var found: [LobbyEntry] = []
        for entry in sorted where query.matches(entry) {
            guard found.count < query.limit else { return (found, true) }
            found.append(entry)
        }
        return (found, false)
    }

    /// All listed rooms, and the revision at which they were so.
    func listed(in index: LobbyIndex) -> (revision: UInt64, rooms: [ExactString: LobbyEntry]) {
        self.state.withLock { state in
            state.look(at: index)
            return (state.revision, state.listed)
        }
    }

    /// Nil if so much has changed since then that all rooms are to be looked at.
    func news(since revision: UInt64, in index: LobbyIndex) -> News? {
        guard let changes = index.changes(since: revision) else { return nil }
        let names = changes.changed.map { ExactString($0.route.name) } + changes.gone.map { ExactString($0) }
        guard !names.isEmpty else { return News(revision: changes.revision, rooms: []) }
        return self.state.withLock { state in
            state.look(at: index)
            return News(revision: changes.revision, rooms: names.map { ($0, state.listed[$0]) })
        }
    }
}

extension LobbyBoard.State {
    /// Takes over what is new.
    fileprivate mutating func look(at index: LobbyIndex) {
        guard let changes = index.changes(since: self.revision) else { return self.takeAll(index.snapshot) }
        for room in changes.changed { self.take(room) }
        for name in changes.gone { self.replace(ExactString(name), by: nil) }
        self.revision = changes.revision
    }

    private mutating func takeAll(_ snapshot: LobbyIndex.Snapshot) {
        var listed: [ExactString: LobbyEntry] = [:]
        for (name, room) in snapshot.rooms where room.listing.isListed { listed[name] = self.entry(of: room, name) }
        (self.listed, self.revision) = (listed, snapshot.revision)
        self.sorted = listed.values.sorted { $0.precedes($1) }
    }

    private mutating func take(_ room: FoundRoom) {
        let name = ExactString(room.route.name)
        self.replace(name, by: room.listing.isListed ? self.entry(of: room, name) : nil)
    }

    /// The one that is there already, if it says the same.
    private func entry(of room: FoundRoom, _ name: ExactString) -> LobbyEntry {
        let known = self.listed[name]
        if let known, known.revision == room.revision { return known }
        let entry = LobbyEntry(room)
        return known.flatMap { $0.json == entry.json ? $0 : nil } ?? entry
    }

    private mutating func replace(_ name: ExactString, by entry: LobbyEntry?) {
        let old = self.listed[name]
        guard old !== entry else { return }
        if let old { self.sorted.remove(at: self.place(of: old)) }
        if let entry { self.sorted.insert(entry, at: self.place(of: entry)) }
        self.listed[name] = entry
    }

    /// Where an entry stands or has to stand. No two have the same name, so no two are equal.
    private func place(of entry: LobbyEntry) -> Int {
        var (low, high) = (0, self.sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if self.sorted[middle].precedes(entry) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
