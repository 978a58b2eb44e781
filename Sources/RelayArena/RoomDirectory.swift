import RelayWire
import Synchronization

/// Where a room lives.
public struct RoomRoute: Hashable, Sendable {
    public var name: String
    public var instance: RoomInstance
    /// Index of the arena thread that owns the room.
    public var thread: Int
    public init(name: String, instance: RoomInstance, thread: Int) {
        (self.name, self.instance, self.thread) = (name, instance, thread)
    }
}

/// Finds rooms by name, for the front door. The only thing that the front door and the arena threads share.
///
/// A route that is handed out is *reserved* until the arena has taken the connection: a room with a reservation does not
/// close, so no hello can meet a room that has just gone.
public final class RoomDirectory: Sendable {
    /// Why there is no route.
    public enum Refusal: Error, Equatable, Sendable {
        /// As many rooms as there may be.
        case relayFull
        /// No room of that name, or another instance of it.
        case roomGone
        /// The room that a token speaks of lives under another name.
        case otherRoom
    }

    private struct Entry {
        var route: RoomRoute
        var reservations: Int
    }

    private struct State {
        var rooms: [ExactString: Entry] = [:]
        var roomsOnThread: [Int]
    }

    private let state: Mutex<State>
    private let maximumRooms: Int

    /// A directory of at most `maximumRooms` rooms on `threads` arena threads.
    public init(threads: Int, maximumRooms: Int) {
        precondition(threads > 0 && maximumRooms > 0)
        self.state = Mutex(State(roomsOnThread: Array(repeating: 0, count: threads)))
        self.maximumRooms = maximumRooms
    }

    /// Finds a room or makes a place for a new one on the thread with the fewest rooms, and reserves it.
    ///
    /// - Parameter newInstance: The identity of a room that has to be made. 128 random bits.
    public func reserve(_ name: String, newInstance: @autoclosure () -> RoomInstance) throws(Refusal) -> RoomRoute {
        let outcome = self.state.withLock { state -> Result<RoomRoute, Refusal> in
            if var entry = state.rooms[ExactString(name)] {
                entry.reservations += 1
                state.rooms[ExactString(name)] = entry
                return .success(entry.route)
            }
            guard state.rooms.count < self.maximumRooms else { return .failure(.relayFull) }
            let thread = state.roomsOnThread.indices.min { state.roomsOnThread[$0] < state.roomsOnThread[$1] } ?? 0
            let route = RoomRoute(name: name, instance: newInstance(), thread: thread)
            state.roomsOnThread[thread] += 1
            state.rooms[ExactString(name)] = Entry(route: route, reservations: 1)
            return .success(route)
        }
        return try outcome.get()
    }

    /// Makes a place for a room that was restored. Nil if there is one of this name.
    func insert(_ name: String, _ instance: RoomInstance) -> RoomRoute? {
        self.state.withLock { state in
            guard state.rooms[ExactString(name)] == nil else { return nil }
            let thread = state.roomsOnThread.indices.min { state.roomsOnThread[$0] < state.roomsOnThread[$1] } ?? 0
            let route = RoomRoute(name: name, instance: instance, thread: thread)
            state.roomsOnThread[thread] += 1
            state.rooms[ExactString(name)] = Entry(route: route, reservations: 0)
            return route
        }
    }

    /// Finds the very room a token speaks of, and reserves it.
    public func reserve(_ name: String, instance: RoomInstance) throws(Refusal) -> RoomRoute {
        let outcome = self.state.withLock { state -> Result<RoomRoute, Refusal> in
            guard var entry = state.rooms[ExactString(name)], entry.route.instance == instance else {
                // Only holders of genuine tokens get here, so nobody makes us search for fun.
                let livesElsewhere = state.rooms.values.contains { $0.route.instance == instance }
                return .failure(livesElsewhere ? .otherRoom : .roomGone)
            }
            entry.reservations += 1
            state.rooms[ExactString(name)] = entry
            return .success(entry.route)
        }
        return try outcome.get()
    }

    /// Gives a reservation back: the arena has taken the connection, or it came to nothing.
    public func release(_ route: RoomRoute) {
        self.state.withLock { state in
            guard var entry = state.rooms[ExactString(route.name)], entry.route.instance == route.instance else { return }
            precondition(entry.reservations > 0, "released more often than reserved")
            entry.reservations -= 1
            state.rooms[ExactString(route.name)] = entry
        }
    }

    /// Forgets a room that is empty or was never made. False, and nothing happens, if a connection is on its way to it.
    public func close(_ route: RoomRoute) -> Bool {
        self.state.withLock { state in
            guard let entry = state.rooms[ExactString(route.name)], entry.route.instance == route.instance else { return true }
            guard entry.reservations == 0 else { return false }
            state.rooms[ExactString(route.name)] = nil
            state.roomsOnThread[route.thread] -= 1
            return true
        }
    }

    /// Forgets a room at once, whoever is on the way to it: the thread turns them away.
    func remove(_ route: RoomRoute) {
        self.state.withLock { state in
            guard let entry = state.rooms[ExactString(route.name)], entry.route.instance == route.instance else { return }
            state.rooms[ExactString(route.name)] = nil
            state.roomsOnThread[route.thread] -= 1
        }
    }

    /// Where a room is now, without a reservation: it may be gone the next moment.
    func route(of name: String) -> RoomRoute? { self.state.withLock { $0.rooms[ExactString(name)]?.route } }

    /// Whether a route still leads somewhere.
    func knows(_ route: RoomRoute) -> Bool {
        self.state.withLock { $0.rooms[ExactString(route.name)]?.route.instance == route.instance }
    }

    /// Rooms known.
    public var count: Int { self.state.withLock { $0.rooms.count } }
}
