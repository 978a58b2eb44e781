import CRelayLinux
import RelayCore
import RelayHosting

/// A room with all that the arena keeps beside it. Lives on one thread.
final class HostedRoom {
    let route: RoomRoute
    let slot: TickSlot
    /// The slot's tick number at this room's tick 0. Wraps around, because a restored room may be ahead of the slot.
    private let base: UInt64
    /// One thread owns it, and a room makes no callbacks, so exclusivity is not checked at each access.
    @exclusivity(unchecked) var room: Room
    var journaling = RoomJournaling.off
    /// The tick at which a restored room is cleared of having killed the process; nil if it has not, or is cleared.
    var forgivenAt: Tick?
    var overrun = OverrunWatch()
    private(set) var reading = ReadingHabit()
    /// The connections to read at each tick: those with a seat, in no order.
    private(set) var readers: [ConnectionPointer] = []
    /// Readers with bytes to read at this tick, if the room asks first.
    var speaking: [ConnectionPointer] = []
    /// The array that ``speaking`` alternates with, kept so that its memory is reused.
    private var spoken: [ConnectionPointer] = []
    /// How many readers had bytes to read at this tick.
    var spoke = 0
    /// A fault for the next tick, in tests.
    var fault: TickFault?
    /// Closed connections. The room's inbox may name them until the end of the next tick.
    private var retired: [ConnectionPointer] = []
    /// Of ``retired``, those closed before the tick that is being run began.
    private var retiredBeforeTick = 0
    /// Index among the thread's idle rooms; nil if the room ticks.
    var idlePlace: Int?
    /// Connections that hold a remainder.
    var unfinished: [ConnectionPointer] = []
    /// Bytes of the frames that they keep alive, as of the last tick.
    var heldFrameBytes = 0
    /// Connections that owe a pong.
    var pongs: [ConnectionPointer] = []
    /// Addresses of the connections that the arena holds for this room, with a seat or without.
    var open: Set<UInt> = []

    /// A room, new or restored: the slot's next tick is the one after its last.
    init(route: RoomRoute, slot: TickSlot, room: consuming Room) {
        self.route = route
        self.slot = slot
        self.base = slot.nextTick.rawValue &- room.currentTick.rawValue &- 1
        self.room = room
    }

    /// The room's own number for a tick of the slot.
    func tick(_ tick: Tick) -> Tick { Tick(rawValue: tick.rawValue &- self.base) }

    /// Runs the room at another stride. That changes the budget of a tick, so the watch begins anew.
    func setStride(_ stride: UInt64) {
        guard stride != self.room.stride else { return }
        self.room.take(.stride(stride))
        self.overrun = OverrunWatch()
    }

    // MARK: Readers

    /// Takes a connection in. False if the kernel cannot watch it.
    func add(_ pointer: ConnectionPointer) -> Bool {
        guard !self.reading.asksFirst || self.watch(pointer) else { return false }
        pointer.pointee.place = self.readers.count
        self.readers.append(pointer)
        self.slot.connections += 1
        return true
    }

    /// Takes a connection out; the last one takes its place.
    func remove(_ pointer: ConnectionPointer) {
        guard let place = pointer.pointee.place, let last = self.readers.popLast() else { return }
        if self.reading.asksFirst { self.unwatch(pointer) }
        self.slot.connections -= 1
        pointer.pointee.place = nil
        guard last != pointer else { return }
        self.readers[place] = last
        last.pointee.place = place
    }

    /// The connections to read at this tick.
    func takeReaders() -> [ConnectionPointer] {
        guard self.reading.asksFirst else { return self.readers }
        swap(&self.speaking, &self.spoken)
        self.speaking.removeAll(keepingCapacity: true)
        return self.spoken
    }

    /// Adapts the reading habit to this tick's reads. Sockets that are read in any case leave the epoll set: being in it costs a
    /// call for each segment that arrives.
    func endReading() {
        let hasChanged = self.reading.note(spoke: self.spoke, of: self.readers.count)
        self.spoke = 0
        guard hasChanged else { return }
        if self.reading.asksFirst, self.readers.allSatisfy({ self.watch($0) }) { return }
        self.reading.giveUpAsking()
        for pointer in self.readers { self.unwatch(pointer) }
    }

    // MARK: Ends

    /// Keeps a connection that is over for as long as the room may name it, but frees its buffers.
    func retire(_ pointer: ConnectionPointer) {
        pointer.pointee.releaseMemory()
        self.retired.append(pointer)
    }

    /// To be called before a tick. The tick drains the inbox, so afterwards the room names no connection retired before it.
    func beginTick() { self.retiredBeforeTick = self.retired.count }

    /// Frees the connections that the room cannot name any more. To be called after its tick.
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

    /// Whether a tick would do nothing: no seat is taken, no input or connection waits, nothing is to be freed, no fault is set.
    var hasNothingToDo: Bool {
        self.room.emptySince != nil && self.room.inboxCount == 0 && self.open.isEmpty && self.retired.isEmpty && self.fault == nil
    }

    // MARK: epoll

    private func watch(_ pointer: ConnectionPointer) -> Bool {
        let descriptor = pointer.pointee.transport.descriptor
        guard crelay_epoll_add(self.slot.poll, descriptor, UInt64(UInt(bitPattern: pointer))) == 0 else { return false }
        self.slot.watched += 1
        return true
    }

    private func unwatch(_ pointer: ConnectionPointer) {
        if crelay_epoll_delete(self.slot.poll, pointer.pointee.transport.descriptor) == 0 { self.slot.watched -= 1 }
    }
}
