import CRelayLinux
import RelayCore

/// The rooms of a thread that tick at the same moments: one rate, one phase, one epoll set, so that a slot reads only
/// those whose tick is due, each once.
final class TickGroup {
    let schedule: TickSchedule
    let poll: Int32
    var rooms: [HostedRoom] = []
    /// Seats are not counted: connections are, which is what a slot costs.
    var connections = 0
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
    /// The group's tick that is this room's tick 0.
    let base: UInt64
    var room: Room
    /// Connections whose end the room has not been told yet, or has been told but not ticked: freed after the next tick.
    var graveyard: [ConnectionPointer] = []
    /// Connections that hold a remainder.
    var unfinished: [ConnectionPointer] = []
    /// Connections that owe a pong.
    var pongs: [ConnectionPointer] = []
    /// Connections the arena holds for this room.
    var open: Set<UInt> = []

    init(route: RoomRoute, group: TickGroup, configuration: RoomConfiguration) {
        self.route = route
        self.group = group
        self.base = group.nextTick.rawValue - 2
        self.room = Room(configuration: configuration, instance: route.instance, tick: Tick(rawValue: 1))
    }
}
