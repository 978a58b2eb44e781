import RelayWire
import RelayCore
import RelayTransport

/// When in a slot the relay dies.
enum RelayDeath: CaseIterable {
    /// The tick was run, and is forgotten: nothing of it was committed, nothing sent.
    case beforeCommit
    /// The tick is committed; this process sends nothing of it.
    case beforeSending
    /// Some seats were sent their frame, others not.
    case whileSending
    case afterSending
}

// The relay is killed, and another process takes over what the first has committed.
extension World {
    /// Commits the tick that has just been run, before anything of it is sent.
    func commitTick() {
        // The defect: only every other tick is committed in time.
        if self.plantedDefect == .commitLate, self.relay.room.currentTick.rawValue % 2 == 1 { return }
        if self.plantedDefect == .commitLate { return self.journal.begin(self.relay) }
        self.journal.commit(self.relay)
    }

    /// Whether the relay dies in this slot, and when in it.
    func drawDeath() -> RelayDeath? {
        guard !self.isSettling, self.restartRandom.chance(self.plan.restarts) else { return nil }
        self.totals.faults += 1
        self.totals.restarts += 1
        return self.restartRandom.pick(RelayDeath.allCases)
    }

    /// Kills the relay and starts the next one. Clients see their connections end and, for a while, cannot connect.
    func restartRelay() {
        for connection in self.network.connections where connection.stage != .over { self.end(connection) }
        (self.book.connections, self.book.seated, self.book.oldCloses) = ([:], [:], [])
        self.network.writesLeft = nil
        self.received.removeAll(keepingCapacity: true)
        self.retired.add(self.relay.room.counters)
        (self.messages.uplinksBefore, self.memory.holdsCutShort) = (0, 0)
        let before = self.relay.room.epoch
        do {
            let room = try self.journal.restore(self.plan.configuration)
            self.relay = ConnectedRoom(room, context: Self.context(self.network), poll: nil)
            self.relay.onInput = { [unowned self] input in self.observe(input) }
        } catch {
            return self.fail("the journal cannot be read: \(error)")
        }
        self.relay.resume(epoch: before + 1, at: Instant(nanoseconds: self.book.liveness))
        self.journal.begin(self.relay)
        self.forgetRequests()
        for number in self.relay.room.seatNumbers {
            guard let inspection = self.relay.room.inspect(number) else { continue }
            self.model.restart(number, inspection)
            self.messages.settle(number, inspection)
        }
        (self.memory.rows, self.memory.host) = (self.relay.room.rosterRows, self.relay.room.host)
        let period = 1_000_000_000 / self.plan.configuration.rate
        self.startedAt = self.now + 3 * period + self.restartRandom.below(2_000_000_000 as UInt64)
    }

    /// The kernel ends a dead process's connections: behind the bytes sent before or, if the process left bytes unread, by a
    /// reset that loses them.
    private func end(_ connection: SimulatedConnection) {
        connection.end(isAbortive: self.restartRandom.below(2 as Int) == 0)
        connection.up.isBlackHole = true
    }
}
