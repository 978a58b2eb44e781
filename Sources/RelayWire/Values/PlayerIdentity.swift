/// Who a player is and what it may do, as its ticket says: SPEC section 19.
package struct PlayerIdentity: Hashable, Sendable {
    /// The issuer's name of the player: 1…64 bytes, ``isText(_:count:)``.
    package var player: String
    /// For people: 0…64 bytes, ``isText(_:count:)``. Two players may have the same.
    package var name: String
    package var rights: Rights

    package init(player: String, name: String, rights: Rights) {
        (self.player, self.name, self.rights) = (player, name, rights)
    }

    /// What a ticket allows. The raw values are the journal's.
    package struct Rights: OptionSet, Hashable, Sendable {
        package var rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let create = Rights(rawValue: 1)
        package static let play = Rights(rawValue: 2)
        package static let spectate = Rights(rawValue: 4)
        package static let host = Rights(rawValue: 8)
        package static let kick = Rights(rawValue: 16)

        /// The words of a ticket's claim `rights`.
        package static let named: [(name: String, right: Rights)] = [
            ("create", .create), ("play", .play), ("spectate", .spectate), ("host", .host), ("kick", .kick),
        ]
    }

    /// Bytes of a player's id, and of its name.
    package static let playerBytes = 1...64
    package static let nameBytes = 0...64

    /// Whether a text may be shown: no control characters, line ends or marks that turn the direction of what follows.
    package static func isText(_ text: String, count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.unicodeScalars.allSatisfy { !Self.isHidden($0.value) }
    }

    private static func isHidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0...0x1F, 0x7F...0x9F: true  // control characters
        case 0x2028, 0x2029: true  // ends of lines and paragraphs
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // direction
        default: false
        }
    }
}
