/// Bans by whom they name, so that looking one up costs little where there are many.
package struct BanIndex: Sendable {
    private var players: [[UInt8]: [Ban]] = [:]
    private var addresses: [Ban] = []

    package init(_ bans: [Ban] = []) {
        for ban in bans {
            switch ban.subject {
            case .player(let player): self.players[Array(player.utf8), default: []].append(ban)
            case .address: self.addresses.append(ban)
            }
        }
    }

    /// The ban that keeps somebody out of a room; nil if none does. O(bans by address).
    ///
    /// - Parameter address: Only evaluated where there are bans by address.
    package func ban(of player: String?, _ address: @autoclosure () -> IPAddress?, in room: String, at now: Int64) -> Ban? {
        if let player, let found = self.players[Array(player.utf8)]?.last(where: { $0.counts(in: room, at: now) }) {
            return found
        }
        guard !self.addresses.isEmpty, let address = address() else { return nil }
        return self.addresses.last { $0.counts(in: room, at: now) && $0.names(player: nil, address: address) }
    }
}
