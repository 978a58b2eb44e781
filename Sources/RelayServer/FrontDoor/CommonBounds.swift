/// What all front doors of a relay have together, however many listeners and event loops there are: its bounds, and who gets a seat.
package struct CommonBounds: Sendable {
    package let addresses: AddressTable
    package let handshakes: PendingHandshakes
    let guests = HeartbeatGuests()
    let echoes = EchoGuests()
    package let lobby = LobbyWatchers()
    let desk: TicketDesk
    let access: CurrentAccess
    let bans: BanList
    let passwords: PasswordDesk

    package init(
        _ limits: AddressLimits = AddressLimits(), handshakes: Int = FrontDoorSettings.Bounds().handshakes,
        desk: TicketDesk = TicketDesk(), access: AccessPolicy = .open, bans: BanList = BanList(),
        passwords: PasswordDesk
    ) {
        (self.addresses, self.handshakes, self.desk) = (AddressTable(limits), PendingHandshakes(maximum: handshakes), desk)
        (self.access, self.bans, self.passwords) = (CurrentAccess(access), bans, passwords)
    }

    package init(_ settings: FrontDoorSettings, bans: BanList = BanList(), passwords: PasswordDesk) {
        self.init(
            settings.limits, handshakes: settings.bounds.handshakes, access: settings.access, bans: bans, passwords: passwords)
    }

    /// For what comes from now on, and for every hello that has not been judged.
    package func adopt(_ settings: FrontDoorSettings) {
        self.addresses.adopt(settings.limits)
        self.handshakes.adopt(maximum: settings.bounds.handshakes)
        self.access.adopt(settings.access)
    }
}
