import RelayWire

/// What a room is made with.
package struct RoomOpening: Sendable, Equatable {
    package var card: RoomCard
    package var password: PasswordHash?
    package var invitations: [Invitation]

    /// For those who are to come.
    package struct Invitation: Sendable, Equatable {
        /// 16 to 64 bytes.
        package var text: String
        package var seconds: UInt64
        /// The kind of the seat that is kept for it; nil for none.
        package var held: Role?
        package init(text: String, seconds: UInt64, held: Role?) {
            (self.text, self.seconds, self.held) = (text, seconds, held)
        }
    }

    /// Seats of a kind that it keeps for those who are to come.
    package func held(_ role: Role) -> Int { self.invitations.count { $0.held == role } }

    /// Seats of a kind that a room of these settings has.
    package func places(_ role: Role, in settings: RoomConfiguration) -> Int {
        let bound = role == .player ? settings.maximumPlayers : settings.maximumSpectators
        guard case .integer(let wanted)? = self.card[role == .player ? .seats : .spectators] else { return bound }
        return min(bound, Int(wanted))
    }

    package init(card: RoomCard = RoomCard(), password: PasswordHash? = nil, invitations: [Invitation] = []) {
        (self.card, self.password, self.invitations) = (card, password, invitations)
    }
}
