import RelayWire

/// Random hellos and acts.
extension RandomMessages {
    /// Half of them have a lobby part.
    mutating func hello() -> Hello {
        var hello = Hello(room: self.string(1...64), role: self.pick(Role.allCases), wantsPlayers: self.chance(2))
        if self.chance(2) { hello.ticket = self.bytes(1...60) }
        guard self.chance(2) else { return hello }
        var lobby = LobbyPart(self.pick(LobbyPart.How.allCases))
        switch lobby.how {
        case .joinOrMake, .join: break
        case .make: if self.chance(2) { hello.room = "" }
        case .quickJoin: hello.room = ""
        }
        if hello.room.isEmpty, self.chance(2) { lobby.type = self.string(1...32) }
        if lobby.how != .quickJoin, self.chance(2) { lobby.password = self.string(1...64) }
        if lobby.how == .joinOrMake || lobby.how == .join, self.chance(2) { lobby.invitation = self.string(16...64) }
        if lobby.how != .join, self.chance(2) { lobby.card = self.card() }
        hello.lobby = lobby
        return hello
    }

    /// Never an empty one.
    private mutating func card() -> RoomCard {
        var fields = [CardField("listed", .bool(self.chance(2)))]
        if self.chance(2) { fields.append(CardField("locked", .bool(self.chance(2)))) }
        if self.chance(2) { fields.append(CardField("seats", .integer(Int64(self.number(in: 1...1023))))) }
        for number in 0..<self.below(17) {
            let name = self.string(0...20)
            fields.append(CardField("\(number)" + name, self.property()))
        }
        if self.chance(2) { fields.append(CardField("spectators", .integer(Int64(self.number(in: 0...1023))))) }
        return LobbyVectors.card(fields)
    }

    private mutating func property() -> Value {
        switch self.below(4) {
        case 0: return .bool(self.chance(2))
        case 1: return .integer(Int64(bitPattern: self.next()))
        case 2: return .float(Double(self.next()) / 8)
        default: return .string(self.string(0...64))
        }
    }

    mutating func act(_ writer: inout WireWriter) -> JSON {
        switch self.below(3) {
        case 0:
            let password = self.string(0...64)
            writer.password(password)
            return ["op": "password", "password": .string(password)]
        case 1:
            let invitation = self.string(16...64)
            let seconds = self.number(in: 0...86_400)
            let held = self.pick([nil, Role.player, .spectator])
            writer.invite(invitation, seconds: seconds, held: held)
            return [
                "op": "invite", "invitation": .string(invitation), "seconds": .unsigned(seconds),
                "held": .unsigned(Describe.number(of: held)),
            ]
        default:
            let acts: [(String, Operation.Code, UInt64)] = [("kick", .kick, 2047), ("ban", .ban, 2047), ("host", .host, 1023)]
            let (name, code, last) = self.pick(acts)
            let target = ActTarget(self.seat(1...last), joined: self.chance(2) ? Tick.none : self.tick())
            writer.act(code, on: target)
            return Describe.act(name, on: target)
        }
    }
}
