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

    package init(card: RoomCard = RoomCard(), password: PasswordHash? = nil, invitations: [Invitation] = []) {
        (self.card, self.password, self.invitations) = (card, password, invitations)
    }
}
