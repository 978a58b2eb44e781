import RelayWire

/// The public changes that one frame tells, whatever form it is written in. Lists are kept to reuse their memory; a class, so that
/// encoders read them without a copy.
///
/// Entities are named by slot: an encoder finds a field's absolute value and its difference from the tick before there
/// (``Field/value``, ``Field/difference``).
final class ChangeList {
    @exclusivity(unchecked) private(set) var coding = Coding.delta
    @exclusivity(unchecked) private(set) var sections: FrameSections = []
    /// State that changed after this tick is told; none for all of it.
    @exclusivity(unchecked) private(set) var stateTick = Tick.none
    @exclusivity(unchecked) private(set) var firstName = 0
    @exclusivity(unchecked) private(set) var removed: [EntityID] = []
    /// Entities told whole.
    @exclusivity(unchecked) private(set) var replaced: [Int32] = []
    /// Entities of which the fields that changed are told.
    @exclusivity(unchecked) private(set) var updated: [Int32] = []
    /// Positions in the event log.
    @exclusivity(unchecked) private(set) var events: [Int] = []

    /// Collects what a frame of one coding tells. O(changes), not O(state).
    ///
    /// - Parameter since: The oldest baseline among the seats that get it.
    func collect(_ coding: Coding, since: Tick, of room: borrowing Room) {
        self.coding = coding
        // A snapshot holds all state, but only the events its receivers miss.
        self.stateTick = coding == .snapshot ? .none : since
        self.firstName = room.world.names.firstAdded(after: self.stateTick)
        self.collectEntities(room.world.entities)
        self.collectEvents(room.events, after: since)
        self.sections = room.clock.isHeartbeat ? [.heartbeat] : []
        if self.firstName < room.world.names.count { self.sections.insert(.names) }
        if !(self.removed.isEmpty && self.replaced.isEmpty && self.updated.isEmpty) { self.sections.insert(.entities) }
        if coding == .snapshot || room.members.lastChange > self.stateTick { self.sections.insert(.roster) }
        if !self.events.isEmpty { self.sections.insert(.events) }
        if room.events.publicForgottenThrough > since { self.sections.insert(.lost) }
    }

    func releaseMemory() { (self.removed, self.replaced, self.updated, self.events) = ([], [], [], []) }

    private func collectEntities(_ entities: EntityStore) {
        self.removed.removeAll(keepingCapacity: true)
        self.replaced.removeAll(keepingCapacity: true)
        self.updated.removeAll(keepingCapacity: true)
        if self.stateTick > .none { entities.collectRemoved(after: self.stateTick, into: &self.removed) }
        var slot = entities.newest
        while slot >= 0, entities.slots[Int(slot)].changed > self.stateTick {
            if entities.slots[Int(slot)].replaced > self.stateTick {
                self.replaced.append(slot)
            } else {
                self.updated.append(slot)
            }
            slot = entities.slots[Int(slot)].older
        }
    }

    private func collectEvents(_ log: EventLog, after tick: Tick) {
        self.events.removeAll(keepingCapacity: true)
        guard log.newestPublic > tick else { return }
        for position in log.firstPosition(after: tick)..<log.count where log[position].isPublic { self.events.append(position) }
    }
}

/// The codings that the seats of one form get at a tick.
struct EncodingNeeds {
    var delta = EncodingNeed()
    var merged = EncodingNeed()
    var snapshot = EncodingNeed()

    var isEmpty: Bool { !self.delta.isWanted && !self.merged.isWanted && !self.snapshot.isWanted }

    mutating func include(_ coding: Coding, since baseline: Tick) {
        switch coding {
        case .delta: self.delta.include(baseline)
        case .merged: self.merged.include(baseline)
        case .snapshot: self.snapshot.include(baseline)
        }
    }
}

/// The tick that one coding has to reach back to, if any seat gets it.
struct EncodingNeed {
    private(set) var isWanted = false
    /// The oldest baseline among the seats that get it.
    private(set) var since = Tick.maximum

    mutating func include(_ baseline: Tick) {
        self.isWanted = true
        self.since = min(self.since, baseline)
    }
}
