import RelayWire

/// An operation that somebody asks for with a seat's token and without its connection. The token has been verified.
package struct SeatRequest: Sendable {
    package var token: RejoinToken
    /// As in an uplink. Names in it are written out.
    package var operation: [UInt8]

    package init(token: RejoinToken, operation: [UInt8]) { (self.token, self.operation) = (token, operation) }
}
