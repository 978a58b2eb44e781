import RelayWire

/// What the connections of a thread have done, in all. Counters never go back.
package struct TransportCounters: Sendable {
    /// Frames that went out whole, and their bytes, private messages included.
    package private(set) var framesSent: UInt64 = 0
    package private(set) var bytesSent: UInt64 = 0
    /// Frames that a transport did not take whole, or had not passed on when the next one was due.
    package var framesUnfinished: UInt64 = 0
    package var uplinksReceived: UInt64 = 0
    /// Connections that their peers closed with a close frame.
    package var closedByPeer: UInt64 = 0
    /// Transports closed.
    package var released = Released()
    /// Connections closed by us and not by a room, by code: turned away, drained, for offences against WebSocket, or for
    /// frames that they left unread.
    private var closes: [CloseCode: UInt64] = [:]

    /// Transports closed, and the descriptors that they had.
    package struct Released: Equatable, Sendable {
        package var connections = 0
        package var descriptors = 0
        package init() {}
    }

    package init() {}

    package func closes(_ code: CloseCode) -> UInt64 { self.closes[code] ?? 0 }

    mutating func count(_ code: CloseCode) { self.closes[code, default: 0] += 1 }

    mutating func countFrame(bytes: Int) {
        self.framesSent += 1
        self.bytesSent += UInt64(bytes)
    }
}
