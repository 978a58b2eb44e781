import CRelayLinux
import RelayCore

/// The rooms of a thread that tick at the same moments: one rate, one phase, one epoll set, so that a slot reads only
/// those whose tick is due, each once.
final class TickGroup {
    let schedule: TickSchedule
    let poll: Int32
    var rooms: [HostedRoom] = []
    /// Who is read at each slot: connections with a seat, in no order.
    private(set) var readers: [ConnectionPointer] = []
    /// Whether nearly all of them had something to say at the last slot: then asking beforehand who has costs more than it saves.
    var isBusy = false
    /// The group's tick that is due next.
    private(set) var nextTick: Tick

    init?(schedule: TickSchedule, now: Instant) {
        let poll = crelay_epoll_create()
        guard poll >= 0 else { return nil }
        self.poll = poll
        self.schedule = schedule
        self.nextTick = schedule.tick(at: now).advanced(by: 1)
    }

    deinit { Carrier(descriptor: self.poll).close(abruptly: false) }

    /// What a slot costs.
    var connections: Int { self.readers.count }

    func add(_ pointer: ConnectionPointer) {
        pointer.pointee.place = self.readers.count
        self.readers.append(pointer)
    }

    /// Takes a connection out; the last one takes its place.
    func remove(_ pointer: ConnectionPointer) {
        guard let place = pointer.pointee.place, let last = self.readers.popLast() else { return }
        pointer.pointee.place = nil
        guard last != pointer else { return }
        self.readers[place] = last
        last.pointee.place = place
    }

    var deadline: Instant { self.schedule.deadline(of: self.nextTick) }

    /// The tick to run now; a late slot skips numbers, it never bursts.
    func takeDueTick(at now: Instant) -> Tick {
        let tick = max(self.nextTick, self.schedule.tick(at: now))
        self.nextTick = tick.advanced(by: 1)
        return tick
    }

    /// An empty room's tick numbers start over from here once it is filled again: no burst after an idle time.
    func skip(to now: Instant) { self.nextTick = max(self.nextTick, self.schedule.tick(at: now).advanced(by: 1)) }
}

/// A room with all that the arena keeps beside it. Lives on one thread.
final class HostedRoom {
    let route: RoomRoute
    let group: TickGroup
    /// The group's tick that is this room's tick 0; wraps, for a restored room is further on than the group.
    private let base: UInt64
    /// Not checked for overlapping accesses at each access: one thread has it, and a room calls nobody back.
    @exclusivity(unchecked) var room: Room
    var journaling = RoomJournaling.off
    /// When a restored room has lived so long that what it did to the process before it is forgotten.
    var forgivenAt: Tick?
    var overrun = OverrunWatch()
    /// Connections whose end the room has not been told yet, or has been told but not ticked: freed after the next tick.
    var graveyard: [ConnectionPointer] = []
    /// Connections that hold a remainder.
    var unfinished: [ConnectionPointer] = []
    /// Connections that owe a pong.
    var pongs: [ConnectionPointer] = []
    /// Connections the arena holds for this room.
    var open: Set<UInt> = []

    /// A room, new or restored: the group's next tick is the one after its last.
    init(route: RoomRoute, group: TickGroup, room: consuming Room) {
        self.route = route
        self.group = group
        self.base = group.nextTick.rawValue &- room.currentTick.rawValue &- 1
        self.room = room
    }

    /// The room's number of a tick of the group.
    func tick(_ tick: Tick) -> Tick { Tick(rawValue: tick.rawValue &- self.base) }
}
