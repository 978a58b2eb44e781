import RelayCore
import RelayWire

// Rooms come, fall idle, and go.
extension ArenaThread {
    /// Every room of the thread, those that do not tick too.
    var allRooms: [HostedRoom] { self.groups.flatMap(\.rooms) + self.idleRooms }

    // MARK: New rooms

    func hostedRoom(for route: RoomRoute) -> HostedRoom? {
        if let known = self.rooms[route.instance] { return known }
        let room = Room(configuration: self.configuration.room, instance: route.instance, tick: Tick(rawValue: 1))
        guard let hosted = self.host(room, route) else { return nil }
        self.directory.made(route)
        self.startJournal(of: hosted)
        return hosted
    }

    private func host(_ room: consuming Room, _ route: RoomRoute) -> HostedRoom? {
        guard let group = self.groupForNewRoom(rate: room.configuration.rate) else { return nil }
        if group.rooms.isEmpty { group.skip(to: Clock.monotonic()) }
        let hosted = HostedRoom(route: route, group: group, room: room)
        group.rooms.append(hosted)
        self.rooms[route.instance] = hosted
        return hosted
    }

    /// Takes a restored room, before the thread runs. False if there is no descriptor for it.
    func adopt(_ restored: RestoredRoom, _ route: RoomRoute) -> Bool {
        guard let hosted = self.host(restored.takeRoom(), route) else { return false }
        if let file = restored.file { hosted.journaling = .on(file) }
        if restored.deaths > 0 {
            hosted.forgivenAt = hosted.room.currentTick.advanced(
                by: ArenaConfiguration.forgivenAfter * hosted.room.configuration.rate / 1_000_000_000)
        }
        return true
    }

    /// The phase with the fewest connections, then the fewest rooms, so that slots are alike.
    private func groupForNewRoom(rate: UInt64) -> TickGroup? {
        if !self.groups.contains(where: { $0.schedule.rate == rate }) { self.groups += self.makeGroups(rate: rate) }
        let groups = self.groups.lazy.filter { $0.schedule.rate == rate }
        return groups.min { ($0.connections, $0.rooms.count) < ($1.connections, $1.rooms.count) }
    }

    private func makeGroups(rate: UInt64) -> [TickGroup] {
        let phases = max(1, 240 / rate)
        let now = Clock.monotonic()
        return (0..<phases).compactMap { phase in
            let offset = phase * (1_000_000_000 / rate / phases)
            let schedule = TickSchedule(origin: self.origin.advanced(by: offset), rate: rate)
            let group = TickGroup(schedule: schedule, phase: phase, now: now)
            group?.setStride(self.overload.stride)
            return group
        }
    }

    // MARK: Idle rooms

    /// The shortest time between two looks at the rooms that do not tick, nanoseconds.
    private static let idleCheckPause: UInt64 = 100_000_000

    /// Moves a room without seats and inputs from its group to the idle rooms. Returns whether it did.
    func goIdle(_ hosted: HostedRoom) -> Bool {
        guard hosted.hasNothingToDo else { return false }
        hosted.room.releaseWorkingMemory()
        hosted.idlePlace = self.idleRooms.count
        self.idleRooms.append(hosted)
        return true
    }

    /// Has a room tick again.
    func wake(_ hosted: HostedRoom) {
        guard let place = hosted.idlePlace, let last = self.idleRooms.popLast() else { return }
        if last !== hosted {
            self.idleRooms[place] = last
            last.idlePlace = place
        }
        hosted.idlePlace = nil
        if hosted.group.rooms.isEmpty { hosted.group.skip(to: Clock.monotonic()) }
        hosted.group.rooms.append(hosted)
    }

    /// Closes rooms that have been empty for long enough.
    func closeIdleRooms() {
        guard self.liveness.now >= self.nextIdleCheck else { return }
        self.nextIdleCheck = self.liveness.now.advanced(by: Self.idleCheckPause)
        self.idleRooms.removeAll { self.closeIfExpired($0) }
        for (place, hosted) in self.idleRooms.enumerated() { hosted.idlePlace = place }
    }

    private func closeIfExpired(_ hosted: HostedRoom) -> Bool {
        guard let since = hosted.room.emptySince, self.liveness.now.since(since) >= self.configuration.emptyRoomLifetime,
            self.directory.close(hosted.route)
        else { return false }
        self.forget(hosted)
        return true
    }

    // MARK: Ends

    /// Gives a room up before the process is given up for it.
    func evict(_ hosted: HostedRoom, _ overrun: Overrun) {
        self.statistics.roomsEvicted += 1
        self.notes.write(
            .error, "room evicted: its ticks keep taking longer than they may",
            [
                "ticks": "\(overrun.ticks)", "worst_us": "\(overrun.worst / 1000)", "budget_us": "\(overrun.budget / 1000)",
                "seats": "\(hosted.room.seated)", "entities": "\(hosted.room.entityCount)",
                "state_bytes": "\(hosted.room.stateBytes)", "tick": "\(hosted.room.currentTick.rawValue)",
            ], in: hosted.route
        )
        hosted.room.end(.roomEvicted)
        self.carryOutEffects(of: hosted)
        hosted.freeRetired()
        self.directory.remove(hosted.route)
        self.forget(hosted)
    }

    /// The room is over.
    func forget(_ hosted: HostedRoom) {
        self.setHeldBytes(0, of: hosted)
        self.statistics.retire(hosted.room.counters)
        self.endJournal(of: hosted)
        self.rooms[hosted.route.instance] = nil
    }

    // MARK: Overload

    /// The thread cannot hold its ticks, or can again: its rooms run at another stride, and the front door hears of it.
    func followOverload() {
        let (stride, isOverloaded) = (self.overload.stride, self.overload.isOverloaded)
        for group in self.groups { group.setStride(stride) }
        self.mailbox.overload.store(isOverloaded ? stride : 0, ordering: .relaxed)
        self.directory.setOverloaded(isOverloaded, thread: self.index)
        self.notes.write(
            isOverloaded ? .warning : .notice,
            isOverloaded ? "a thread cannot hold its ticks" : "a thread holds its ticks again",
            ["thread": "\(self.index)", "stride": "\(stride)", "busy_permille": "\(self.overload.busyPermille)"]
        )
    }
}
