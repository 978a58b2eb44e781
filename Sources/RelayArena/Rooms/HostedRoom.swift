import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

/// A room with all that the arena keeps beside it. Lives on one thread.
final class HostedRoom {
    let route: RoomRoute
    /// What it was made, or restored, with; the room itself has its rate from before.
    let type: RoomType
    let slot: TickSlot
    /// The room and its connections.
    let connected: ConnectedRoom
    /// The slot's tick number at this room's tick 0. Wraps around, because a restored room may be ahead of the slot.
    private let base: UInt64
    var journaling = RoomJournaling.off
    /// The tick at which a restored room is cleared of having killed the process; nil if it has not, or is cleared.
    var forgivenAt: Tick?
    /// ``Room/listingVersion`` as the lobby knows it.
    var published: UInt64 = 0
    var overrun = OverrunWatch()
    /// A fault for the next tick, in tests.
    var fault: TickFault?
    /// Index among the thread's idle rooms; nil if the room ticks.
    var idlePlace: Int?
    /// How many of its connections the slot counts.
    private var counted = 0

    /// A room, new or restored: the slot's next tick is the one after its last.
    init(route: RoomRoute, type: RoomType, slot: TickSlot, room: consuming Room, context: TransportContext) {
        (self.route, self.type) = (route, type)
        self.slot = slot
        self.base = slot.nextTick.rawValue &- room.currentTick.rawValue &- 1
        self.connected = ConnectedRoom(room, context: context, poll: slot.poll)
    }

    /// The room's own number for a tick of the slot.
    func roomTick(for tick: Tick) -> Tick { Tick(rawValue: tick.rawValue &- self.base) }

    /// Whether the time of a seat that is held in an idle room is over.
    func isDoorDue(at now: Instant) -> Bool {
        guard let expiry = self.connected.room.nextDoorExpiry else { return false }
        return self.roomTick(for: self.slot.schedule.tick(at: now)) >= expiry
    }

    /// Runs the room at another stride. That changes the budget of a tick, so the watch begins anew.
    func setStride(_ stride: UInt64) {
        guard stride != self.connected.room.stride else { return }
        self.connected.give(.stride(stride))
        self.overrun = OverrunWatch()
    }

    /// Tells the slot how many connections it has now.
    func countConnections() {
        let count = self.connected.seatedConnections
        self.slot.connections += count - self.counted
        self.counted = count
    }

    /// Whether a tick would do nothing: nobody is there, nothing waits, no fault is set.
    var hasNothingToDo: Bool { self.connected.hasNothingToDo && self.fault == nil }
}
