import RelayWire
import Synchronization

/// Counts connections and requests that the front door and the admin listener let in or turned away, by reason.
package final class FrontDoorCounters: Sendable {
    /// Reasons that are not close codes.
    package enum Reason: String, Sendable, CaseIterable {
        /// Connections accepted from the listener.
        case accepted
        /// Upgrades answered with 101.
        case upgraded
        /// Connections handed to the arena.
        case handedOff
        /// Answers to plain requests and to upgrades that were refused.
        case answeredPlain
        /// Files of SDK and playground that were sent, and requests for them whose copy was still good.
        case servedFile
        /// Answers of the lobby: lists and rooms, streams of what changes that were begun, rooms that were made, and acts of
        /// hosts that were carried out.
        case lobbyAnswered
        case lobbyWatched
        case lobbyMade
        case lobbyActed
        /// Streams of what changes in the lobby that were closed because their reader reads nothing.
        case lobbyUnread
        /// Requests of the lobby that were malformed, and those refused for another reason that has no counter of its own.
        case lobbyMalformed
        case lobbyRefused
        case refusedUpgrade
        case refusedOrigin
        case refusedNearCapacity
        /// Ended before an upgrade: time was up, the head too long, or not HTTP (a request without Host, or with two, is none).
        case requestTimeout
        case requestTooLong
        case requestMalformed
        /// Ended because TLS was not agreed upon, or broke.
        case tlsFailed
        /// Newcomers refused with 4011: a thread cannot hold its ticks, or too many others are on their way to it.
        case refusedOverloaded
        case refusedCrowded
        /// Newcomers refused with 4011: too many tickets wait to be looked at.
        case refusedTicketQueue
        /// Newcomers refused with 4011: too many passwords wait to be looked at.
        case refusedPasswordQueue
        /// Quick joins that found a room, and those for which one was made.
        case quickJoinsFound
        case quickJoinsMade
        /// Newcomers and returning players refused because the room's place was not found in time (4011), or is a URL that a close frame
        /// cannot hold (4026).
        case refusedUnplaced
        case refusedBadURL
        /// Newcomers and returning players turned away with 4022, because an operator has banned them.
        case refusedBanned
        /// Operators' bans, made and lifted, and what they asked for and could not be done.
        case bansMade
        case bansLifted
        case actsRefused
        /// Closed at once, or an upgrade answered with 429 where a header names the client: too many unfinished handshakes from one address.
        case handshakesPerAddress
        /// Upgrades answered with 429: too many connections from one address, or too many refused requests, hellos and tokens.
        case connectionsPerAddress
        case failuresPerAddress
        /// Newcomers refused with 4011: too many new seats asked for in a minute from one address, or too many rooms made.
        case joinsPerAddress
        case roomsPerAddress
        /// The oldest unfinished handshake was closed for a newer one; a connection that only heartbeats was.
        case handshakeEvicted
        case guestEvicted
        /// Connections of trusted proxies without a PROXY header, with one that cannot be read, or that did not come in time.
        case proxyHeaderMissing
        case proxyHeaderMalformed
        case proxyHeaderTimeout
        /// PROXY headers of peers that are no trusted proxies.
        case proxyHeaderForeign
        /// Upgrades by a trusted proxy that did not say whose they are.
        case forwardedRefused
        /// Requests of this machine that name a client as proxies do, while `proxies` does not name this machine.
        case forwardedUnbelieved
        /// The peer closed or vanished before its hello.
        case leftBeforeHello
        /// Requests to the admin listener under a name that is not its own, or by a foreign web page.
        case adminRefused
        /// Requests to the admin listener with a wrong token, and without one where one is needed.
        case adminTokenRefused
        case adminUnauthorized
        /// Connections to the admin listener that were closed for a newer one, or after too long a silence.
        case adminEvicted
        case adminTimeout
        /// Pages that wanted live statistics while as many had them as may.
        case eventListenersRefused
    }

    private let counts = Mutex<[String: UInt64]>([:])

    package init() {}

    package func count(_ reason: Reason) { self.count(reason.rawValue) }
    package func count(_ fault: TicketFault) { self.count("ticket.\(fault.rawValue)") }
    /// Under the name that the arena uses for the same code.
    package func count(_ code: UInt16) { self.count("closed." + (CloseCode(rawValue: code)?.name ?? "\(code)")) }

    private func count(_ name: String) { self.counts.withLock { $0[name, default: 0] &+= 1 } }

    /// All counts that are not 0, by ``Reason``, `closed.` and ``CloseCode/name``, or `ticket.` and ``TicketFault``.
    package var values: [String: UInt64] { self.counts.withLock { $0 } }
}
