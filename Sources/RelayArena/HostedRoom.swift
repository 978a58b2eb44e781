import CRelayLinux
import RelayCore

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
    /// Those of them that have something to say at this tick, if the room asks first.
    var speaking: [ConnectionPointer] = []
    /// Those that had at the last one, kept for their memory.
    private var spoken: [ConnectionPointer] = []
    /// How many had something to say at this tick.
    var spoke = 0
    /// What the next tick is to do instead.
    var fault: TickFault?
    /// Closed connections. The room's inbox may name them until the end of the next tick.
    private var retired: [ConnectionPointer] = []
    /// Of ``retired``, those closed before the tick that is being run began.
    private var retiredBeforeTick = 0
    /// Where it stands among the rooms that do not tick because nobody is in them; nil if it ticks.
    var idlePlace: Int?
    /// Connections that hold a remainder.
    var unfinished: [ConnectionPointer] = []
    /// Bytes of the frames that they keep alive, as of the last tick.
    var heldFrameBytes = 0
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

    /// Runs the room at another stride. What it may take is another thing then, so the watch begins anew.
    func setStride(_ stride: UInt64) {
        guard stride != self.room.stride else { return }
        self.room.setStride(stride)
        self.overrun = OverrunWatch()
    }

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

    /// Who is to be read at this tick.
    func takeReaders() -> [ConnectionPointer] {
        guard self.reading.asksFirst else { return self.readers }
        swap(&self.speaking, &self.spoken)
        self.speaking.removeAll(keepingCapacity: true)
        return self.spoken
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

    // MARK: Ends

    /// Keeps the memory of a connection that is over for as long as the room may name it, and not what it held.
    func retire(_ pointer: ConnectionPointer) {
        pointer.pointee.releaseMemory()
        self.retired.append(pointer)
    }

    /// A tick begins: it takes in all that the room was told before.
    func beginTick() { self.retiredBeforeTick = self.retired.count }

    /// Frees the connections that the room cannot name any more, after its tick.
    func freeRetired() {
        guard !self.retired.isEmpty else { return }
        self.unfinished.removeAll { $0.pointee.isOver }
        self.pongs.removeAll { $0.pointee.isOver }
        let count = self.room.inboxCount == 0 ? self.retired.count : self.retiredBeforeTick
        for pointer in self.retired[..<count] {
            pointer.deinitialize(count: 1)
            pointer.deallocate()
        }
        self.retired.removeFirst(count)
        self.retiredBeforeTick = 0
    }

    // MARK: Idleness

    /// Whether a tick would do nothing: nobody has a seat, nobody wants one, nothing is still to be freed or shown.
    var hasNothingToDo: Bool {
        self.room.emptySince != nil && self.room.inboxCount == 0 && self.open.isEmpty && self.retired.isEmpty && self.fault == nil
    }

    // MARK: epoll

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
