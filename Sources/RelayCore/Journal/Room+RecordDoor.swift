import RelayWire

// The door's part of the journal's payloads. A password that is being hashed is not kept: after a crash the host sets it again.
extension Room {
    func recordDoor(into writer: inout WireWriter) {
        writer.bytes(self.door.password?.bytes ?? [])
        let invitations = self.door.invitations.filter { !$0.isOnItsWay }
        writer.varint(invitations.count)
        for invitation in invitations {
            writer.string(invitation.text)
            writer.varint(invitation.expires == .none ? invitation.lasts : invitation.expires.since(self.currentTick))
            writer.u8(invitation.held.map { $0.rawValue + 1 } ?? 0)
        }
        writer.varint(self.door.bans.count)
        for ban in self.door.bans {
            switch ban {
            case .player(let player):
                writer.u8(0)
                writer.string(player.text)
            case .origin(let origin):
                writer.u8(1)
                writer.u64(origin.high)
                writer.u64(origin.low)
            }
        }
    }

    mutating func restoreDoor(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        let password = try reader.blob(bytes, 0...128)
        var (invitations, bans): ([RoomDoor.Invitation], [RoomDoor.Ban]) = ([], [])
        for _ in 0..<(try reader.varint(bytes, 0...UInt64(RoomDoor.maximumInvitations))) {
            let text = try reader.text(bytes, WireLimits.invitationBytes)
            let expires = self.currentTick.advanced(by: try reader.varint(bytes, 0...1 << 32))
            let held = try reader.u8(bytes, below: 3)
            let role = held == 0 ? nil : Role(rawValue: held - 1)
            invitations.append(.init(text: text, lasts: 0, expires: expires, held: role))
        }
        for _ in 0..<(try reader.varint(bytes, 0...UInt64(RoomDoor.maximumBans))) {
            switch try reader.u8(bytes, below: 2) {
            case 0: bans.append(.player(ExactString(try reader.text(bytes, PlayerIdentity.playerBytes))))
            default: bans.append(.origin(ClientOrigin(high: try reader.u64(bytes), low: try reader.u64(bytes))))
            }
        }
        self.door.restore(password: password.isEmpty ? nil : PasswordHash(bytes: password), invitations, bans)
    }
}
