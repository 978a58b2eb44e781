import RelayClocks
import RelayCore
import RelayHosting
import RelayWire

// What those outside of a room are told of it, and what they ask of it before they are in.
extension ArenaThread {
    /// For how long a seat is kept for a newcomer on its way. Seconds.
    private static let holdSeconds: UInt64 = 10

    /// Tells the lobby what the room is now.
    func publish(_ hosted: HostedRoom) {
        hosted.published = hosted.connected.room.listingVersion
        self.lobby.publish(hosted.connected.room.listing, of: hosted.route)
    }

    /// Keeps a seat. The room ticks once, so that its time begins; an idle one is woken when that is over: ``HostedRoom/isDoorDue(at:)``.
    func hold(_ role: Role, in room: RoomInstance, for newcomer: Introduction) -> Bool {
        guard !self.isDraining, let hosted = self.rooms[room],
            hosted.connected.hold(role, for: newcomer, seconds: Self.holdSeconds)
        else { return false }
        self.wake(hosted)
        self.publish(hosted)
        return true
    }

    /// Gives a room a request for its next tick.
    func enqueue(_ request: SeatRequest, answering answer: Answer<RequestOutcome>) {
        guard !self.isDraining else { return answer.give(.refused(.draining)) }
        guard let hosted = self.rooms[request.token.instance] else { return answer.give(.refused(.roomGone)) }
        guard let number = self.requests.add(answer) else { return answer.give(.refused(.relayFull)) }
        let token = request.token
        request.operation.withUnsafeBytes {
            _ = hosted.connected.give(
                .request($0, number: number, from: token.seat, generation: token.generation, at: Clock.monotonic()))
        }
        self.wake(hosted)
    }

    /// A password that the room's host had set is hashed, or nil if it could not be.
    func take(_ hash: PasswordHash?, _ job: UInt64, in room: RoomInstance) {
        guard let hosted = self.rooms[room] else { return }
        hosted.connected.take(hash, job: job)
        self.wake(hosted)
    }
}
