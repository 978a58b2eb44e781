import FoundationEssentials
import RelayWire
import RelayWireJSON

/// The hello that the URL of an upgrade to the JSON form may be: `/?room=lobby`, with `role` and `heartbeat` if wanted.
enum HelloURL {
    /// Why a URL is refused, in a sentence.
    struct Refused: Error, Equatable {
        var sentence: String
    }

    /// Refuses a target that has a ticket, in either form of the protocol: proxies and servers write URLs into logs.
    static func refuseTicket(in target: String) throws(Refused) {
        guard !self.items(in: target).contains(where: { $0.name == "ticket" }) else {
            throw Refused(sentence: "A ticket in a URL ends up in logs: send it in the hello, or as Authorization: Bearer.")
        }
    }

    /// The hello in a request's target; nil if it names no room. Parameters of other names are not looked at.
    static func opening(in target: String) throws(Refused) -> JSONOpening? {
        let items = self.items(in: target)
        func value(_ name: String) throws(Refused) -> String? {
            let values = items.filter { $0.name == name }
            guard values.count <= 1 else { throw Refused(sentence: "The URL names '\(name)' twice.") }
            return values.first?.value
        }
        guard try value("token") == nil, try value("rejoin") == nil else {
            throw Refused(sentence: "A token in a URL ends up in logs: connect without 'room' and send {\"rejoin\":\"TOKEN\"}.")
        }
        guard let room = try value("room") else { return nil }
        guard WireLimits.nameBytes.contains(room.utf8.count) else {
            throw Refused(sentence: "The room's name in the URL must have 1 to 64 bytes.")
        }
        let (role, heartbeat) = (try value("role") ?? "player", try value("heartbeat") ?? "pong")
        do throws(JSONError) {
            let hello = Hello(room: room, role: try JSONOpening.role(role))
            return JSONOpening(.hello(hello), acknowledgement: try JSONOpening.acknowledgement(heartbeat))
        } catch {
            throw Refused(sentence: "In the URL role is player or spectator, and heartbeat is pong, ping, 2probe or ack.")
        }
    }

    /// The parameters of whatever stands behind the first question mark, decoded where they can be. A target that is no URL has them
    /// too: `//[?token=…` would otherwise bring a token that nobody sees.
    private static func items(in target: String) -> [(name: String, value: String)] {
        let query = target.utf8.prefix { $0 != UInt8(ascii: "#") }.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        return query.split(separator: UInt8(ascii: "&")).map { item in
            let name = item.prefix { $0 != UInt8(ascii: "=") }
            return (self.decoded(name), self.decoded(item.dropFirst(name.count + 1)))
        }
    }

    private static func decoded(_ text: Substring.UTF8View) -> String {
        let text = String(Substring(text))
        return text.removingPercentEncoding ?? text
    }
}
