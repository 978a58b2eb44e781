import RelayWire
import RelayCore
import RelayHosting
import RelayTransport

// How connections come to this thread, and how they are sent away.
extension ArenaThread {
    // MARK: Admission

    func admit(_ admission: Admission) {
        defer { self.directory.release(admission.route) }
        guard self.rooms[admission.route.instance] != nil || self.directory.knows(admission.route) else {
            return self.turnAway(admission, .roomClosed)  // while the connection was on its way
        }
        guard !self.isDraining else { return self.turnAway(admission, .draining) }
        // Nil only if descriptors have run out.
        guard let hosted = self.hostedRoom(for: admission.route) else { return self.turnAway(admission, .relayFull) }
        self.wake(hosted)
        hosted.connected.admit(
            self.transport(admission.carrier, in: hosted),
            Newcomer(
                admission.request, form: admission.form, introduction: admission.introduction,
                decoder: admission.decoder, unread: admission.unread, arrival: Instant(nanoseconds: admission.arrival),
                peer: admission.peer,
                hold: admission.hold
            )
        )
    }

    private func userTimeout(in hosted: HostedRoom) -> UInt32 {
        let room = hosted.type.room
        let milliseconds = (room.stallAfter + room.longestGrace + ArenaLimits.userTimeoutSlack) / 1_000_000
        return UInt32(clamping: milliseconds)
    }

    private func transport(_ carrier: Admission.Carrier, in hosted: HostedRoom) -> any Transport {
        switch carrier {
        case .socket(let descriptor): SocketTransport(descriptor, userTimeout: self.userTimeout(in: hosted))
        case .encrypted(let link): LinkTransport(link, userTimeout: self.userTimeout(in: hosted), bell: self.bell)
        }
    }

    /// For a connection that will only be closed.
    func refusingTransport(_ carrier: Admission.Carrier) -> any Transport {
        switch carrier {
        case .socket(let descriptor): SocketTransport(refusing: descriptor)
        case .encrypted(let link): LinkTransport(refusing: link, bell: self.bell)
        }
    }

    private func turnAway(_ admission: Admission, _ code: CloseCode) {
        let transport = self.refusingTransport(admission.carrier)
        self.context.refuse(transport, code, retryAfter: code == .draining ? self.takeReturnTime() : nil)
    }

    // MARK: Outputs

    /// Carries out what a room decided at its last tick.
    func carryOut(_ hosted: HostedRoom) {
        hosted.connected.carryOut(liveness: self.liveness.now) {
            self.notes.write($0, of: hosted.connected.peer(of: $0.seat), in: hosted.route)
        }
    }

    // MARK: Drain

    /// Milliseconds until the next client that is sent away may come back. The threads use places in turn, so that they need no
    /// common count.
    private func takeReturnTime() -> Int {
        defer { self.sentAway += 1 }
        return ReturnSpread.milliseconds(place: self.sentAway * self.configuration.threads + self.index)
    }

    func drain() {
        self.isDraining = true
        for hosted in self.allRooms {
            hosted.connected.closeAll(.draining) { self.takeReturnTime() }
            self.statistics.retire(hosted.connected.room.counters)
        }
        self.requests.refuseAll(.draining)
        for slot in self.slots { slot.rooms = [] }
        (self.rooms, self.idleRooms) = ([:], [])
    }
}
