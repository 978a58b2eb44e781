import RelayCore
import RelayWire

/// What the front door and the control plane need of whoever runs the rooms. Every method may be called from any thread.
package protocol RoomHosting: Sendable {
    /// Takes over other types of rooms, for rooms that are made from now on.
    func adopt(_ types: RoomTypes)
    /// Finds the place of a room, or makes one. May ask other machines.
    func place(_ request: PlacementRequest) async -> Placement
    /// Gives back a reserved route that was not used.
    func release(_ route: RoomRoute)
    /// Takes a connection over: its descriptor, and the reservation in its route.
    func admit(_ admission: consuming Admission)
    /// A report on everything, in as much detail. Takes up to a quarter of a second where there are thousands of seats, two where a
    /// thread hangs.
    func statistics(_ detail: StatisticsDetail) async -> RelayStatistics
    /// The same in one line. May wait as well.
    func summary() async -> RelaySummary
    /// Finds occupants by what they are, of the rooms on this machine. By room, then seat.
    ///
    /// - Parameter andKick: Whether each of them leaves at the next tick of its room: 4022.
    func occupants(_ query: OccupantQuery, andKick: Bool) async throws(RoomsAreSilent) -> [SeatOccupant]
    /// Makes a room in which nobody is. ``RoomCreation/byOperator`` makes one of any type.
    func openRoom(_ request: PlacementRequest) async throws(OpeningRefusal) -> OpenedRoom
    /// Keeps a seat for a newcomer in a room for ten seconds, by the invitation that the newcomer is introduced with. False if the room would not
    /// take it, or does not answer.
    func hold(_ role: Role, in room: String, for newcomer: Introduction) async -> Bool
    /// Has a room carry out what a seat's occupant asks for, at its next tick.
    ///
    /// - Returns: What became of it: 4015 for a room that is not there, or not the token's. Nil if nothing is known in time; then it may still
    ///   be carried out.
    func perform(_ request: SeatRequest, in room: String) async -> RequestOutcome?
    /// What is known of the rooms of this machine by who is in none.
    var lobby: LobbyIndex { get }
    /// Ends a room at once, with its journal. Everybody in it gets 4023.
    ///
    /// - Parameter instance: The one that is meant, 32 hexadecimal digits; nil for whichever has the name.
    func closeRoom(_ name: String, instance: String?) async throws(ClosingRefusal) -> ClosedRoom
    /// Closes every connection with 1001 and returns when they are gone and the threads have ended. Called once.
    func drain() async
    /// Connections held, those on their way and closing ones included. Cheap: atomic reads.
    var connectionCount: Int { get }
    /// The same in descriptors: an encrypted connection takes two.
    var descriptorCount: Int { get }
    /// One count per arena thread that grows at least four times a second, idle or not, as long as the thread lives;
    /// ``Pulse/ended`` once it has ended as it should, ``Pulse/broken`` once an invariant did not hold. Cheap.
    var threadPulses: [UInt64] { get }
    /// Strides of the threads that cannot hold their ticks; empty while all is well. Cheap.
    var overloadedStrides: [UInt64] { get }
    /// Hangs an arena thread for ever, to try the watchdog; false if there is no such thread.
    func hang(thread: Int) -> Bool
    /// Breaks an invariant of one of its rooms, to try the audit; false if there is no such thread.
    func miscount(thread: Int) -> Bool
    /// Has a room's next tick do harm, to try the quarantine; false if there is no such room.
    func fail(_ fault: TickFault, room: String) -> Bool
}

extension RoomHosting {
    /// A report on everything, with every seat.
    package func statistics() async -> RelayStatistics { await self.statistics(.full) }
}
