import CRelayLinux
import RelayCore

/// The rooms of a thread that tick at the same moments: one rate, one phase, one epoll set, so that a slot reads only
/// those whose tick is due, each once.
final class TickGroup {
    let schedule: TickSchedule
    /// Names who has something to say, of the rooms where not nearly all have.
    let poll: Int32
    var rooms: [HostedRoom] = []
    /// Connections with a seat, in all its rooms: what a slot costs.
    fileprivate(set) var connections = 0
    /// How many of them the epoll set watches.
    fileprivate(set) var watched = 0
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
    private(set) var reading = ReadingHabit()
    /// Who is read at each tick: connections with a seat, in no order.
    private(set) var readers: [ConnectionPointer] = []
    /// How many of them had something to say at this tick.
    var spoke = 0
    /// What the next tick is to do instead.
    var fault: TickFault?
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

    // MARK: Readers

    /// Takes a connection in. False if the kernel cannot watch it.
    func add(_ pointer: ConnectionPointer) -> Bool {
        guard !self.reading.asksFirst || self.watch(pointer) else { return false }
        pointer.pointee.place = self.readers.count
        self.readers.append(pointer)
        self.group.connections += 1
        return true
    }

    /// Takes a connection out; the last one takes its place.
    func remove(_ pointer: ConnectionPointer) {
        guard let place = pointer.pointee.place, let last = self.readers.popLast() else { return }
        if self.reading.asksFirst { self.unwatch(pointer) }
        self.group.connections -= 1
        pointer.pointee.place = nil
        guard last != pointer else { return }
        self.readers[place] = last
        last.pointee.place = place
    }

    /// Draws the consequence of who spoke at this tick. Sockets that are read in any case leave the epoll set: being in it
    /// costs a call for each segment that arrives.
    func endReading() {
        let hasChanged = self.reading.note(spoke: self.spoke, of: self.readers.count)
        self.spoke = 0
        guard hasChanged else { return }
        if self.reading.asksFirst, self.readers.allSatisfy({ self.watch($0) }) { return }
        self.reading.giveUpAsking()
        for pointer in self.readers { self.unwatch(pointer) }
    }

    private func watch(_ pointer: ConnectionPointer) -> Bool {
        let descriptor = pointer.pointee.carrier.descriptor
        guard crelay_epoll_add(self.group.poll, descriptor, UInt64(UInt(bitPattern: pointer))) == 0 else { return false }
        self.group.watched += 1
        return true
    }

    private func unwatch(_ pointer: ConnectionPointer) {
        if crelay_epoll_delete(self.group.poll, pointer.pointee.carrier.descriptor) == 0 { self.group.watched -= 1 }
    }
}
