import RelayClocks
import RelayCore
import RelayHosting
import RelayWire

// The life of a room: new or restored, idle, over; and its stride under overload.
extension ArenaThread {
    /// Every room of the thread that is not over, idle ones included.
    var allRooms: [HostedRoom] { (self.slots.flatMap(\.rooms) + self.idleRooms).filter { !$0.connected.room.isOver } }

    // MARK: New rooms

    /// Nil if descriptors have run out.
    func hostedRoom(for route: RoomRoute, emptySince: Instant = .zero) -> HostedRoom? {
        if let known = self.rooms[route.instance] { return known }
        // Only somebody who holds a reservation asks, and that keeps the entry.
        guard let (type, opening) = self.directory.plan(of: route) else { return nil }
        var room = Room(configuration: type.room, instance: route.instance, tick: Tick(rawValue: 1), emptySince: emptySince)
        room.open(opening)
        guard let hosted = self.host(room, route, type) else { return nil }
        self.directory.made(route)
        self.startJournal(of: hosted)
        return hosted
    }

    private func host(_ room: consuming Room, _ route: RoomRoute, _ type: RoomType) -> HostedRoom? {
        guard let slot = self.slotForNewRoom(rate: room.configuration.rate) else { return nil }
        if slot.rooms.isEmpty { slot.skip(to: Clock.monotonic()) }
        let hosted = HostedRoom(route: route, type: type, slot: slot, room: room, context: self.context)
        slot.rooms.append(hosted)
        self.rooms[route.instance] = hosted
        self.publish(hosted)
        return hosted
    }

    /// Takes a restored room, before the thread runs. False if there is no descriptor for it.
    func adopt(_ restored: RestoredRoom, _ route: RoomRoute) -> Bool {
        guard let hosted = self.host(restored.takeRoom(), route, restored.type) else { return false }
        if let file = restored.file { hosted.journaling = .on(file) }
        if restored.deaths > 0 {
            hosted.forgivenAt = hosted.connected.room.currentTick.advanced(
                by: ArenaLimits.forgivenAfter * hosted.connected.room.configuration.rate / 1_000_000_000)
        }
        return true
    }

    /// The slot with the fewest connections, then the fewest rooms, so that slots are equally loaded.
    private func slotForNewRoom(rate: UInt64) -> TickSlot? {
        if !self.slots.contains(where: { $0.schedule.rate == rate }) { self.slots += self.makeSlots(rate: rate) }
        let slots = self.slots.lazy.filter { $0.schedule.rate == rate }
        return slots.min { ($0.connections, $0.rooms.count) < ($1.connections, $1.rooms.count) }
    }

    private func makeSlots(rate: UInt64) -> [TickSlot] {
        let count = max(1, 240 / rate)
        let now = Clock.monotonic()
        return (0..<count).compactMap { index in
            let offset = index * (1_000_000_000 / rate / count)
            let schedule = TickSchedule(origin: self.origin.advanced(by: offset), rate: rate)
            let slot = TickSlot(schedule: schedule, index: index, now: now)
            slot?.setStride(self.overload.stride)
            return slot
        }
    }

    // MARK: Idle rooms

    /// The shortest time between two checks of the idle rooms, nanoseconds.
    private static let idleCheckPause: UInt64 = 100_000_000

    /// Moves a room without seats and inputs from its slot to the idle rooms. Returns whether it did.
    func goIdle(_ hosted: HostedRoom) -> Bool {
        guard hosted.hasNothingToDo else { return false }
        hosted.connected.give(.idle)
        hosted.idlePlace = self.idleRooms.count
        self.idleRooms.append(hosted)
        return true
    }

    /// Moves an idle room back to its slot, where it ticks.
    func wake(_ hosted: HostedRoom) {
        guard let place = hosted.idlePlace, let last = self.idleRooms.popLast() else { return }
        if last !== hosted {
            self.idleRooms[place] = last
            last.idlePlace = place
        }
        hosted.idlePlace = nil
        if hosted.slot.rooms.isEmpty { hosted.slot.skip(to: Clock.monotonic()) }
        hosted.slot.rooms.append(hosted)
    }

    /// Closes rooms that have been empty for long enough.
    func closeIdleRooms() {
        guard self.liveness.now >= self.nextIdleCheck else { return }
        self.nextIdleCheck = self.liveness.now.advanced(by: Self.idleCheckPause)
        for hosted in self.idleRooms where hosted.isDoorDue(at: Clock.monotonic()) { self.wake(hosted) }
        self.idleRooms.removeAll { self.closeIfExpired($0) }
        for (place, hosted) in self.idleRooms.enumerated() { hosted.idlePlace = place }
    }

    private func closeIfExpired(_ hosted: HostedRoom) -> Bool {
        guard let since = hosted.connected.room.emptySince, !hosted.connected.room.holdsSeat,
            self.liveness.now.since(since) >= hosted.type.emptyRoomLifetime,
            self.directory.close(hosted.route)
        else { return false }
        self.forget(hosted)
        return true
    }

    // MARK: Ends

    /// Ends a room whose ticks take too long, before the watchdog ends the whole process for it.
    func evict(_ hosted: HostedRoom, _ overrun: Overrun) {
        self.statistics.roomsEvicted += 1
        self.notes.write(
            .error, "room evicted: its ticks keep taking longer than they may",
            [
                "ticks": "\(overrun.ticks)", "worst_us": "\(overrun.worst / 1000)", "budget_us": "\(overrun.budget / 1000)",
                "seats": "\(hosted.connected.room.seated)", "entities": "\(hosted.connected.room.entityCount)",
                "state_bytes": "\(hosted.connected.room.stateBytes)", "tick": "\(hosted.connected.room.currentTick.rawValue)",
            ], in: hosted.route
        )
        self.end(hosted, .roomEvicted)
    }

    /// Ends a room. It leaves its slot after the pass that may be running.
    func end(_ hosted: HostedRoom, _ code: CloseCode) {
        hosted.connected.give(.end(code))
        self.carryOut(hosted)
        hosted.connected.endTurn()
        self.directory.remove(hosted.route)
        self.forget(hosted)
    }

    /// Drops everything that the thread keeps of a room that is over, its journal included.
    func forget(_ hosted: HostedRoom) {
        hosted.connected.releaseHeldBytes()
        hosted.countConnections()
        self.statistics.retire(hosted.connected.room.counters)
        self.endJournal(of: hosted)
        self.lobby.remove(hosted.route)
        self.rooms[hosted.route.instance] = nil
    }

    // MARK: Overload

    /// Applies a change of the overload: sets the stride of all rooms and tells the front door.
    func followOverload() {
        let (stride, isOverloaded) = (self.overload.stride, self.overload.isOverloaded)
        for slot in self.slots { slot.setStride(stride) }
        self.mailbox.overload.store(isOverloaded ? stride : 0, ordering: .relaxed)
        self.directory.setOverloaded(isOverloaded, thread: self.index)
        self.notes.write(
            isOverloaded ? .warning : .notice,
            isOverloaded ? "a thread cannot hold its ticks" : "a thread holds its ticks again",
            ["thread": "\(self.index)", "stride": "\(stride)", "busy_permille": "\(self.overload.busyPermille)"]
        )
    }
}
