import RelayCore
import RelayHosting
import RelayWire

/// Who wants a room made.
struct RoomMaker: Sendable {
    /// As it was shown. Secret: never logged.
    var ticket: [UInt8]?
    /// Nil for a process of this machine by a Unix socket.
    var address: IPAddress?
    /// What limits count it under; nil for this machine.
    var block: AddressBlock?
}

// joins of the address ─► ticket ─► right ─► room ─► ban ─► name ─► password ─► rooms of the address ─► a room
extension LobbyAPI {
    func make(_ order: NewRoom, for maker: RoomMaker) async -> Result<MadeRoom, LobbyRefusal> {
        do throws(LobbyRefusal) {
            if let wait = self.addresses.join(by: maker.block, at: self.now()) {
                throw LobbyRefusal(
                    .tooManyJoins, "Too many joins from your address: try again later.", retryAfter: wait,
                    counter: .joinsPerAddress)
            }
            let ticket = try await self.ticket(maker, order)
            let name = order.room ?? RoomCode.code(self.router.random())
            try self.check(name, isNamed: order.room != nil, ticket, maker)
            if let room = order.room, self.index.room(room) != nil {
                throw LobbyRefusal(OpeningRefusal.exists, retryAfter: self.retryAfter)
            }
            return .success(try await self.make(name, order, ticket, maker))
        } catch {
            return .failure(error)
        }
    }

    /// Nil where none is asked for.
    private func ticket(_ maker: RoomMaker, _ order: NewRoom) async throws(LobbyRefusal) -> Ticket? {
        do throws(Refusal) {
            guard let ticket = try await self.router.ticket(maker.ticket) else { return nil }
            guard ticket.identity.rights.contains(.create) else { throw Refusal(TicketFault.lacksRight) }
            if let type = order.type, let only = ticket.type, !type.hasSameBytes(as: only) {
                throw Refusal(TicketFault.otherRoom)
            }
            return ticket
        } catch {
            throw LobbyRefusal(error, retryAfter: self.retryAfter)
        }
    }

    /// Whether somebody may make a room of this name.
    private func check(
        _ room: String, isNamed: Bool, _ ticket: Ticket?, _ maker: RoomMaker
    ) throws(LobbyRefusal) {
        do throws(Refusal) {
            if let ticket, isNamed ? !ticket.rooms.matches(room) : !ticket.rooms.isAny { throw Refusal(TicketFault.otherRoom) }
            if let ban = self.router.ban(of: ticket?.identity.player, maker.address, in: room) { throw ban }
        } catch {
            throw LobbyRefusal(error, retryAfter: self.retryAfter)
        }
    }

    private func make(
        _ name: String, _ order: NewRoom, _ ticket: Ticket?, _ maker: RoomMaker
    ) async throws(LobbyRefusal) -> MadeRoom {
        let invitations = order.invitations.map {
            RoomOpening.Invitation(text: self.router.newInvitation(), seconds: $0.seconds, held: $0.held)
        }
        var opening = RoomOpening(card: order.card, invitations: invitations)
        if let password = order.password { opening.password = try await self.hash(password, maker) }
        var (name, tries) = (name, order.room == nil ? AdmissionRouter.codeTries : 1)
        while true {
            tries -= 1
            do throws(OpeningRefusal) {
                let opened = try await self.hosting.openRoom(self.placement(name, order, ticket, opening, maker))
                return MadeRoom(opened: opened, invitations: invitations.map(\.text))
            } catch {
                guard error == .exists, tries > 0 else { throw LobbyRefusal(error, retryAfter: self.retryAfter) }
            }
            name = RoomCode.code(self.router.random())
            try self.check(name, isNamed: false, ticket, maker)
        }
    }

    private func hash(_ password: String, _ maker: RoomMaker) async throws(LobbyRefusal) -> PasswordHash {
        guard let hash = await self.router.passwords.hash(password, of: maker.block) else {
            throw LobbyRefusal(
                .passwordQueue, "Too many passwords wait to be looked at: try again later.", retryAfter: self.retryAfter,
                counter: .refusedPasswordQueue)
        }
        return hash
    }

    /// A room with a name is of the type that has the name, whatever type is wanted: else everybody could make rooms of names that are operators'.
    private func placement(
        _ name: String, _ order: NewRoom, _ ticket: Ticket?, _ opening: RoomOpening, _ maker: RoomMaker
    ) -> PlacementRequest {
        let (addresses, block) = (self.addresses, maker.block)
        let isNamed = order.room != nil
        return PlacementRequest(
            room: name, instance: nil, newInstance: self.router.newInstance, creation: .required,
            type: isNamed ? nil : order.type ?? RoomConfiguration.standardType,
            onlyType: ticket?.type ?? order.type, opening: opening,
            claimRoom: { addresses.take(.room, by: block).roomClaim })
    }
}
