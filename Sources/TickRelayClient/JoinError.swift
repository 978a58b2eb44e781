import NIOCore
import NIOPosix
import RelayClient
import RelayClientTLS
import RelayWire

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The reason why a room could not be joined. Its text says what to do.
public enum JoinError: Error, Sendable, Equatable {
    /// Not 1–64 bytes of UTF-8.
    case badRoomName
    /// Not 1–32 bytes of UTF-8.
    case badRoomType
    /// Not 1–64 bytes of UTF-8.
    case badPassword
    /// Not 16–64 bytes of UTF-8.
    case badInvitation
    /// More than a card may say, or something else: ``LobbyCard``.
    case badCard
    /// Not `ws://host[:port][/path]` or the same with `wss`.
    case badAddress(String)
    /// There is no host of this name.
    case hostNotFound(String)
    /// The host is there, but nothing listens at `host:port`.
    case connectionRefused(String)
    /// No connection to `host:port`, or it ended without an answer.
    case unreachable(String, reason: String)
    /// What listens at `host:port` is not to be believed that it is the relay (``GameOptions/trust``), or speaks no TLS.
    case notTrusted(String, reason: String)
    /// What listens there answered with HTTP, and did not let us in. The text is its own.
    case httpRefused(status: Int, text: String)
    /// What listens there at `host:port` speaks WebSocket, but not our protocol.
    case notRelay(String)
    /// The relay closed with this code: see ``RelayWire/CloseCode/sentence``. ``RelayWire/CloseCode/roomGone``: there is no such room,
    /// and joining makes none. ``RelayWire/CloseCode/nameTaken``: there is one already. ``RelayWire/CloseCode/wrongPassword``, and
    /// ``RelayWire/CloseCode/roomLocked``: ask its host. ``RelayWire/CloseCode/kicked``: it wants you out.
    case refused(CloseCode)
    /// Another relay has the room, at this URL, and its host is not allowed.
    case elsewhere(String)
    /// Closed with a code that this client does not know.
    case closed(code: UInt16, reason: String)
    /// No frame came within ``GameOptions/joinTimeout``.
    case timedOut
    /// The task was cancelled.
    case cancelled
}

extension JoinError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badRoomName: "A room's name has 1 to 64 bytes of UTF-8."
        case .badRoomType: "The type of a room has 1 to 32 bytes of UTF-8."
        case .badPassword: "A room's password has 1 to 64 bytes of UTF-8; nil is none."
        case .badInvitation: "An invitation has 16 to 64 bytes of UTF-8: is it whole?"
        case .badCard:
            """
            A card has 1 to 1023 seats, up to 1023 spectators' seats, and up to 16 properties: truth values, finite numbers, strings of up \
            to 64 bytes, under names of 1 to 64 bytes that mean nothing else on a card.
            """
        case .badAddress(let address):
            "\(address) is no address of a relay: write ws://host:port or wss://host:port."
        case .hostNotFound(let host): "There is no host \(host): is it spelled right, and is there a network?"
        case .connectionRefused(let place): "Nothing listens at \(place): start the relay, or correct host and port."
        case .unreachable(let place, let reason):
            "There is no connection to \(place) (\(reason)): look at network, firewall and relay."
        case .notTrusted(let place, let reason):
            "No encrypted connection to \(place) (\(reason)): look at the relay's certificate and at options.trust."
        case .httpRefused(let status, let text):
            "Refused with HTTP \(status)\(text.isEmpty ? ": is a relay there?" : ": \(text)")"
        case .notRelay(let place): "What answers at \(place) is no relay, or a proxy that drops Sec-WebSocket-Protocol."
        case .refused(.roomGone): "There is no such room, and joining makes none: is its name right?"
        case .refused(let code): code.sentence
        case .elsewhere(let url): "Another relay has this room, \(url): add its host to options.session.allowedHosts."
        case .closed(let code, let reason): "The relay closed with code \(code)\(reason.isEmpty ? "" : ": \(reason)")"
        case .timedOut: "No frame came in time: is a relay there, and is joinTimeout long enough?"
        case .cancelled: "The task that joined was cancelled."
        }
    }
}

extension JoinError {
    /// Whether another attempt would come to the same. All others are made until ``GameOptions/joinTimeout``, for a relay may be about
    /// to start.
    var isFinal: Bool {
        switch self {
        case .httpRefused(let status, _): (300..<500).contains(status) && ![408, 425, 429].contains(status)
        case .notRelay, .notTrusted: true
        default: false
        }
    }

    /// What is wrong with the texts that a hello is to carry; nil if nothing is.
    init?(in lobby: LobbyPart) {
        func isBad(_ text: String?, _ bytes: ClosedRange<Int>) -> Bool { text.map { !bytes.contains($0.utf8.count) } ?? false }
        if isBad(lobby.type, WireLimits.typeBytes) {
            self = .badRoomType
        } else if isBad(lobby.password, WireLimits.passwordBytes) {
            self = .badPassword
        } else if isBad(lobby.invitation, WireLimits.invitationBytes) {
            self = .badInvitation
        } else {
            return nil
        }
    }

    /// Why there was no connection.
    init(connecting error: any Error, to relay: RelayURL) {
        let errors = (error as? NIOConnectionError)?.connectionErrors.map(\.error)
        if let reason = (errors ?? [error]).lazy.compactMap({ RelayURL.tlsFailure($0) }).first {
            self = .notTrusted(relay.place, reason: printable(reason))
        } else if let errors, errors.isEmpty {
            self = .hostNotFound(relay.host)
        } else if (errors ?? [error]).contains(where: { ($0 as? IOError)?.errnoCode == ECONNREFUSED }) {
            self = .connectionRefused(relay.place)
        } else {
            self = .unreachable(relay.place, reason: Self.words(for: errors?.last ?? error))
        }
    }

    /// Why the relay closed the connection.
    init(closing code: UInt16?, reason: String, by relay: RelayURL) {
        switch code.flatMap({ CloseCode(rawValue: $0) }) {
        case .elsewhere: self = .elsewhere(printable(reason))
        case .some(let known): self = .refused(known)
        case nil:
            self = code.map { .closed(code: $0, reason: printable(reason)) } ?? .unreachable(relay.place, reason: "it ended")
        }
    }

    private static func words(for error: any Error) -> String {
        if case ChannelError.connectTimeout = error { return "no answer" }
        return printable((error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)")
    }
}

/// A stranger's text, in one line of bounded length.
func printable(_ text: String) -> String {
    let line = text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
    let words = line.split(separator: " ")
    return words.joined(separator: " ")
}

extension RelayURL {
    /// Host and port, for messages.
    var place: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }
}
