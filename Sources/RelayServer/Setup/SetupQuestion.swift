/// What has to be known before a relay goes live, in the order in which it is asked.
package enum SetupQuestion: CaseIterable, Hashable, Sendable {
    case host, encryption, certificate, key, access, adminToken, origin, room, player

    /// The question in a terminal.
    package var text: String {
        switch self {
        case .host: "Host name or address of this relay"
        case .encryption: "Who encrypts: certificate, proxy or plain"
        case .certificate: "File with the certificate and its chain"
        case .key: "File with its private key"
        case .access: "Who may play: tickets or open"
        case .adminToken: "A token for operators: yes or no"
        case .origin: "Pages of other hosts that may connect"
        case .room: "The first room"
        case .player: "The first player's id"
        }
    }

    /// Why it is asked: one sentence.
    package var reason: String {
        switch self {
        case .host: "It stands in every URL, and a certificate is for it."
        case .encryption:
            "Pages on https:// connect by TLS alone: with a certificate of the relay, or by a proxy on this machine that has one."
        case .certificate: "A PEM file, which need not be there yet."
        case .key: "A PEM file that nobody but root and the relay may read."
        case .access: "With tickets your game's server says who plays; open lets in whoever reaches the relay."
        case .adminToken: "Who says it may kick, ban and close rooms; without one operators only look."
        case .origin: "Browsers say whose page connects: https://game.example for a game that another host serves, or none."
        case .room: "The lines at the end join it."
        case .player: "The first ticket is for this player; your game's server names the others."
        }
    }

    /// The options that answer it.
    package var options: String {
        switch self {
        case .host: "--host NAME"
        case .encryption: "--certificate FILE --key FILE, or --behind-proxy, or --plain"
        case .certificate: "--certificate FILE"
        case .key: "--key FILE"
        case .access: "--access tickets, or --access open"
        case .adminToken: "--admin-token"
        case .origin: "--origin https://HOST"
        case .room: "--room NAME"
        case .player: "--player ID"
        }
    }
}
