/// `POST /bans`
package struct BanRequest: ActRequest {
    /// All that its body may have.
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case seconds, room, instance, seat, generation, player, address, everywhere, shared, reason
    }
    package var seconds: Int64
    package var room: String?
    package var instance: String?
    package var seat: UInt16?
    package var generation: UInt64?
    package var player: String?
    package var address: String?
    /// Of a ban by seat: whether it counts in other rooms, too.
    package var everywhere: Bool?
    /// Of a ban by seat: whether others with that address may be banned with it.
    package var shared: Bool?
    package var reason: String?

    /// No ban is for ever: ten years.
    package static let seconds: ClosedRange<Int64> = 1...315_360_000

    package var mistake: String? {
        if let mistake = ActRules.mistake(room: self.room, reason: self.reason) { return mistake }
        if !Self.seconds.contains(self.seconds) { return "seconds is 1 to \(Self.seconds.upperBound): ten years." }
        let ways = [self.seat != nil, self.player != nil, self.address != nil].count { $0 }
        if ways != 1 { return "A ban names one of seat, player and address." }
        if self.seat != nil, self.room == nil { return "A ban by seat needs its room." }
        if self.seat == nil,
            [self.everywhere, self.shared].contains(where: { $0 != nil }) || self.generation != nil || self.instance != nil
        {
            return "everywhere, shared, generation and instance belong to a ban by seat; without room a ban counts everywhere."
        }
        if let player, !(1...64).contains(player.utf8.count) { return "player is the id of tickets: 1 to 64 bytes." }
        if let address, AddressRange(address) == nil { return "address is 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64." }
        return nil
    }
}
