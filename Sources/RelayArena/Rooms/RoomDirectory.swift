import RelayCore
import RelayHosting
import RelayWire
import Synchronization

/// Finds rooms by name. Shared by the arena's threads and by all who ask for a room's place.
///
/// A route that is handed out is *reserved* until the arena has taken the connection: a room with a reservation does not
/// close, so no hello can meet a room that has just gone.
package final class RoomDirectory: Sendable {
    private struct Entry {
        var route: RoomRoute
        var reservations: Int
        /// Whether its thread has made the room, and will close it. Until then only reservations keep the entry.
        var isMade: Bool
        /// Which it has for good.
        let type: RoomType
        /// What it is made with.
        var opening = RoomOpening()
        /// Kept for who made it: ``RoomClaim/granted(_:)``.
        var claim: (any AnyObject & Sendable)?
    }

    /// The load of a thread.
    private struct ThreadEntry {
        var rooms = 0
        /// Connections on their way to it: reserved and not released.
        var arriving = 0
        var isOverloaded = false
    }

    private struct State {
        var rooms: [ExactString: Entry] = [:]
        var threads: [ThreadEntry]

        /// Nil if the route leads nowhere any more.
        func entry(_ route: RoomRoute) -> Entry? {
            let entry = self.rooms[ExactString(route.name)]
            return entry?.route.instance == route.instance ? entry : nil
        }

        mutating func put(_ entry: Entry) { self.rooms[ExactString(entry.route.name)] = entry }

        mutating func remove(_ entry: Entry) {
            self.rooms[ExactString(entry.route.name)] = nil
            self.threads[entry.route.thread].rooms -= 1
        }

        /// The thread with the fewest rooms, of those that hold their ticks; nil if none does.
        var freestThread: Int? {
            self.threads.indices.filter { !self.threads[$0].isOverloaded }.min { self.threads[$0].rooms < self.threads[$1].rooms }
        }
    }

    /// Maximum of connections on their way to a thread: as many as it admits in eight passes.
    package static let maximumArriving = 1024

    private let state: Mutex<State>
    private let maximumRooms: Int

    /// A directory of at most `maximumRooms` rooms on `threads` arena threads.
    package init(threads: Int, maximumRooms: Int) {
        precondition(threads > 0 && maximumRooms > 0)
        self.state = Mutex(State(threads: Array(repeating: ThreadEntry(), count: threads)))
        self.maximumRooms = maximumRooms
    }

    /// Finds the room of a name and reserves it. A new room goes to the thread with the fewest rooms.
    ///
    /// - Parameters:
    ///   - newInstance: The identity for a new room, 128 random bits.
    ///   - creation: Whether a room may be made.
    ///   - onlyType: The room must be of this type, new or not; nil if any will do.
    ///   - opening: What a new room is made with.
    ///   - type: Asked for a new room; nil if there is none of the type that is wanted. So is `claim`, if one may be made.
    package func reserve(
        _ name: String, newInstance: @autoclosure () -> RoomInstance, creation: RoomCreation = .allowed,
        onlyType: String? = nil, opening: RoomOpening = RoomOpening(), type: () -> RoomType? = { RoomType() },
        claim: () -> RoomClaim = { .granted(nil) }
    ) throws(PlacementRefusal) -> RoomRoute {
        let outcome = self.state.withLock { state -> Result<RoomRoute, PlacementRefusal> in
            func isOther(_ type: RoomType) -> Bool { onlyType.map { !$0.hasSameBytes(as: type.room.type) } ?? false }
            if let entry = state.rooms[ExactString(name)] {
                guard creation != .required, creation != .byOperator else { return .failure(.nameTaken) }
                guard !isOther(entry.type) else { return .failure(.otherType) }
                guard !state.threads[entry.route.thread].isOverloaded else { return .failure(.overloaded) }
                return Self.reserve(entry, in: &state)
            }
            guard creation != .unwanted else { return .failure(.noSuchRoom) }
            guard let type = type(), type.creators == .players || creation == .byOperator else {
                return .failure(.madeByOperators)
            }
            guard !isOther(type) else { return .failure(.otherType) }
            guard creation != .forbidden else { return .failure(.mayNotCreate) }
            guard state.rooms.count < self.maximumRooms else { return .failure(.relayFull) }
            guard let thread = state.freestThread else { return .failure(.overloaded) }
            guard case .granted(let claim) = claim() else { return .failure(.tooManyRooms) }
            let route = RoomRoute(name: name, instance: newInstance(), thread: thread)
            let entry = Entry(route: route, reservations: 0, isMade: false, type: type, opening: opening, claim: claim)
            let outcome = Self.reserve(entry, in: &state)
            if case .success = outcome { state.threads[thread].rooms += 1 }
            return outcome
        }
        return try outcome.get()
    }

    private static func reserve(_ entry: Entry, in state: inout State) -> Result<RoomRoute, PlacementRefusal> {
        guard state.threads[entry.route.thread].arriving < Self.maximumArriving else { return .failure(.crowded) }
        state.threads[entry.route.thread].arriving += 1
        var entry = entry
        entry.reservations += 1
        state.put(entry)
        return .success(entry.route)
    }

    /// Sets whether a thread cannot hold its ticks.
    package func setOverloaded(_ isOverloaded: Bool, thread: Int) {
        self.state.withLock { $0.threads[thread].isOverloaded = isOverloaded }
    }

    /// Adds a restored room, on the thread with the fewest rooms. Nil if there is a room of this name.
    package func insert(_ name: String, _ instance: RoomInstance, of type: RoomType = RoomType()) -> RoomRoute? {
        self.state.withLock { state in
            guard state.rooms[ExactString(name)] == nil else { return nil }
            let thread = state.freestThread ?? 0
            let route = RoomRoute(name: name, instance: instance, thread: thread)
            state.threads[thread].rooms += 1
            state.put(Entry(route: route, reservations: 0, isMade: true, type: type))
            return route
        }
    }

    /// Finds the room instance of a token and reserves it.
    package func reserve(_ name: String, instance: RoomInstance) throws(PlacementRefusal) -> RoomRoute {
        let outcome = self.state.withLock { state -> Result<RoomRoute, PlacementRefusal> in
            guard let entry = state.rooms[ExactString(name)], entry.route.instance == instance else {
                // Only holders of genuine tokens get here, so strangers cannot make us search all rooms.
                let livesElsewhere = state.rooms.values.contains { $0.route.instance == instance }
                return .failure(livesElsewhere ? .otherRoom : .roomGone)
            }
            return Self.reserve(entry, in: &state)
        }
        return try outcome.get()
    }

    /// The thread has made the room: from now on ``close(_:)`` or ``remove(_:)`` ends it.
    package func made(_ route: RoomRoute) {
        self.state.withLock { state in
            guard var entry = state.entry(route) else { return }
            entry.isMade = true
            // The room has it now.
            entry.opening = RoomOpening()
            state.put(entry)
        }
    }

    /// Gives a reservation back, once the arena has taken the connection or it has failed. The last one for a room that was never
    /// made removes the room's entry.
    package func release(_ route: RoomRoute) {
        self.state.withLock { state in
            state.threads[route.thread].arriving -= 1
            guard var entry = state.entry(route) else { return }
            precondition(entry.reservations > 0, "released more often than reserved")
            entry.reservations -= 1
            if entry.reservations > 0 || entry.isMade { state.put(entry) } else { state.remove(entry) }
        }
    }

    /// Forgets a room that is empty. False, and nothing happens, if a connection is on its way to it.
    package func close(_ route: RoomRoute) -> Bool {
        self.state.withLock { state in
            guard let entry = state.entry(route) else { return true }
            guard entry.reservations == 0 else { return false }
            state.remove(entry)
            return true
        }
    }

    /// Forgets a room at once, even if connections are on their way to it: the thread turns them away.
    package func remove(_ route: RoomRoute) {
        self.state.withLock { state in
            if let entry = state.entry(route) { state.remove(entry) }
        }
    }

    /// The type of a room that is to be made, and what it is made with; nil if it is gone.
    func plan(of route: RoomRoute) -> (type: RoomType, opening: RoomOpening)? {
        self.state.withLock { $0.entry(route).map { ($0.type, $0.opening) } }
    }

    /// Where a room is now, without a reservation: it may be gone the next moment.
    func route(of name: String) -> RoomRoute? { self.state.withLock { $0.rooms[ExactString(name)]?.route } }

    /// Whether the room of a route still exists.
    package func knows(_ route: RoomRoute) -> Bool {
        self.state.withLock { $0.entry(route) != nil }
    }

    /// Rooms known.
    package var count: Int { self.state.withLock { $0.rooms.count } }
}
