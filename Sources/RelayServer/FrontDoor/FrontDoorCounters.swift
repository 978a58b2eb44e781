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
        case refusedUpgrade
        case refusedOrigin
        case refusedNearCapacity
        /// Ended before an upgrade: time was up, the head too long, or not HTTP (a request without Host, or with two, is none).
        case requestTimeout
        case requestTooLong
        case requestMalformed
        /// Newcomers refused with 4011: a thread cannot hold its ticks, or too many others are on their way to it.
        case refusedOverloaded
        case refusedCrowded
        /// Newcomers and returning players refused because the room's place was not found in time (4011), or is a URL that a close frame
        /// cannot hold (4026).
        case refusedUnplaced
        case refusedBadURL
        /// Closed at once: too many unfinished handshakes from one address.
        case handshakesPerAddress
        /// The oldest unfinished handshake was closed for a newer one.
        case handshakeEvicted
        /// The peer closed or vanished before its hello.
        case leftBeforeHello
        /// Requests to the admin listener under a name that is not its own, or by a foreign web page.
        case adminRefused
        /// Connections to the admin listener that were closed for a newer one, or after too long a silence.
        case adminEvicted
        case adminTimeout
        /// Pages that wanted live statistics while as many had them as may.
        case eventListenersRefused
    }

    private let counts = Mutex<[String: UInt64]>([:])

    package init() {}

    package func count(_ reason: Reason) { self.count(reason.rawValue) }
    /// Under the name that the arena uses for the same code.
    package func count(_ code: UInt16) { self.count("closed." + (CloseCode(rawValue: code)?.name ?? "\(code)")) }

    private func count(_ name: String) { self.counts.withLock { $0[name, default: 0] &+= 1 } }

    /// All counts that are not 0, by ``Reason`` or `closed.` and ``CloseCode/name``.
    package var values: [String: UInt64] { self.counts.withLock { $0 } }
}
