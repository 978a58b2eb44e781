import RelayArena
import RelayWire

/// Finds the room that a hello or a rejoin is for.
struct AdmissionRouter: Sendable {
    var directory: RoomDirectory
    var mint: any TokenMint
    var newInstance: @Sendable () -> RoomInstance
    /// Milliseconds, for those who are to come back.
    var retryAfter: Int

    /// A reserved route: whoever gets it must hand it to the arena or release it.
    struct Routed: Sendable {
        var request: Admission.Request
        var route: RoomRoute
    }

    /// - Throws: ``Refusal`` with 4011, 4012, 4015, or 4006 for a message that is neither. Then nothing is reserved.
    func route(_ message: ClientMessage) throws(Refusal) -> Routed {
        switch message {
        case .hello(let hello):
            return Routed(request: .hello(hello), route: try self.reserve(hello))
        case .rejoin(let rejoin):
            guard let token = self.mint.verify(rejoin.token) else { throw Refusal(.tokenRefused) }
            return Routed(request: .rejoin(rejoin, token), route: try self.reserve(rejoin, token))
        case .uplink, .ack, .resync, .leave:
            throw Refusal(.outOfPlace)
        }
    }

    private func reserve(_ hello: Hello) throws(Refusal) -> RoomRoute {
        do throws(RoomDirectory.Refusal) {
            return try self.directory.reserve(hello.room, newInstance: self.newInstance())
        } catch {
            throw Self.refusal(error, retryAfter: self.retryAfter)
        }
    }

    private func reserve(_ rejoin: Rejoin, _ token: RejoinToken) throws(Refusal) -> RoomRoute {
        do throws(RoomDirectory.Refusal) {
            return try self.directory.reserve(rejoin.room, instance: token.instance)
        } catch {
            throw Self.refusal(error, retryAfter: self.retryAfter)
        }
    }

    private static func refusal(_ refusal: RoomDirectory.Refusal, retryAfter: Int) -> Refusal {
        switch refusal {
        case .relayFull: Refusal(.relayFull, retryAfter: retryAfter)
        case .overloaded:
            Refusal(.relayFull, "The relay is overloaded: try again later.", retryAfter: retryAfter, reason: .refusedOverloaded)
        case .crowded:
            Refusal(.relayFull, "Too many come at once: try again later.", retryAfter: retryAfter, reason: .refusedCrowded)
        case .roomGone: Refusal(.roomGone)
        case .otherRoom: Refusal(.tokenRefused)
        }
    }
}
