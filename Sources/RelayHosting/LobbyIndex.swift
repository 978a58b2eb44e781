import RelayCore
import RelayWire
import Synchronization

/// A room of the index.
package struct FoundRoom: Sendable, Equatable {
    package var route: RoomRoute
    package var listing: RoomListing
    /// Of the index, when it last changed.
    package var revision: UInt64

    /// In lists and quick joins: the fullest first, then by the bytes of the name.
    package func precedes(_ other: FoundRoom) -> Bool {
        let (taken, others) = (self.listing.taken, other.listing.taken)
        return taken == others ? self.route.name.utf8.lexicographicallyPrecedes(other.route.name.utf8) : taken > others
    }

    package init(route: RoomRoute, listing: RoomListing, revision: UInt64 = 0) {
        (self.route, self.listing, self.revision) = (route, listing, revision)
    }
}

/// Index of this machine's rooms, for lists, quick joins and passwords. It may be a tick old: only a hello takes a seat.
///
/// The threads that run rooms write into a list of news, and never wait for readers for longer than it takes to take that list.
package final class LobbyIndex: Sendable {
    /// All rooms at one moment.
    package struct Snapshot: Sendable {
        /// Counts the changes.
        package var revision: UInt64 = 0
        package var rooms: [ExactString: FoundRoom] = [:]
    }

    /// What became of the rooms since a revision.
    package struct Changes: Sendable {
        package var revision: UInt64
        package var changed: [FoundRoom]
        /// Names of rooms that are gone.
        package var gone: [String]
    }

    private enum News {
        case changed(FoundRoom)
        case gone(RoomRoute)
    }

    private struct State {
        var snapshot = Snapshot()
        /// Names that changed, the oldest first, each with its revision.
        var history: [(revision: UInt64, name: ExactString)] = []
        /// Changes up to this revision may have been forgotten.
        var forgottenThrough: UInt64 = 0
    }

    private let news = Mutex<[News]>([])
    private let state = Mutex(State())
    /// Changes that are remembered. Who has seen none of so many gets the whole list again.
    private static let maximumHistory = 8192

    package init() {}

    // MARK: Written by the rooms' threads

    package func publish(_ listing: RoomListing, of route: RoomRoute) {
        self.news.withLock { $0.append(.changed(FoundRoom(route: route, listing: listing))) }
    }

    package func remove(_ route: RoomRoute) { self.news.withLock { $0.append(.gone(route)) } }

    // MARK: Read by everybody else

    package func room(_ name: String) -> FoundRoom? { self.read { $0.snapshot.rooms[ExactString(name)] } }

    package var snapshot: Snapshot { self.read { $0.snapshot } }

    /// Nil if so much has changed since then that the whole list is to be looked at.
    package func changes(since revision: UInt64) -> Changes? {
        self.read { state in
            guard revision >= state.forgottenThrough else { return nil }
            let start = state.history.partitionPoint { $0.revision > revision }
            // Each once, in the order of their changes.
            var seen: Set<ExactString> = []
            let names = state.history[start...].map(\.name).filter { seen.insert($0).inserted }
            let rooms = state.snapshot.rooms
            return Changes(
                revision: state.snapshot.revision, changed: names.compactMap { rooms[$0] },
                gone: names.filter { rooms[$0] == nil }.map(\.text))
        }
    }

    /// Takes what is new. To be called now and then even if nobody reads, so that the news do not pile up.
    package func settle() { self.read { _ in } }

    private func read<Result>(_ body: (borrowing State) -> Result) -> Result {
        self.state.withLock { state in
            let news = self.news.withLock { news in
                defer { news.removeAll(keepingCapacity: news.count < 256) }
                return news
            }
            for item in news { Self.take(item, into: &state) }
            if state.history.count > Self.maximumHistory { Self.forget(in: &state) }
            return body(state)
        }
    }

    private static func take(_ news: News, into state: inout State) {
        state.snapshot.revision += 1
        let name: ExactString
        switch news {
        case .changed(var room):
            name = ExactString(room.route.name)
            room.revision = state.snapshot.revision
            state.snapshot.rooms[name] = room
        case .gone(let route):
            name = ExactString(route.name)
            // Another one may have the name by now.
            guard state.snapshot.rooms[name]?.route.instance == route.instance else { return }
            state.snapshot.rooms[name] = nil
        }
        state.history.append((state.snapshot.revision, name))
    }

    private static func forget(in state: inout State) {
        let count = state.history.count - Self.maximumHistory / 2
        state.forgottenThrough = state.history[count - 1].revision
        state.history.removeFirst(count)
    }
}

extension Array {
    /// The first position whose element `belongs`, where all that belong stand behind all that do not.
    fileprivate func partitionPoint(_ belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

// MARK: - Quick join

extension LobbyIndex {
    /// Rooms that would do, the fullest first, then by name.
    package func rooms(for wish: RoomWish, atMost count: Int) -> [FoundRoom] {
        let found = self.snapshot.rooms.values.filter(wish.matches)
        return Array(found.sorted { $0.precedes($1) }.prefix(count))
    }
}
