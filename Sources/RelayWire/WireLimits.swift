/// Bounds of the wire format itself, the same for every relay. The welcome carries the bounds that a relay may configure.
@usableFromInline package enum WireLimits {
    /// The protocol version that hello and rejoin name.
    package static let version: UInt64 = 1
    /// The WebSocket subprotocol of the binary form.
    package static let subprotocol = "tickrelay.v1"
    /// That of the JSON form, which a client speaks too that offers none.
    package static let jsonSubprotocol = "tickrelay.v1.json"
    /// Bytes of a room's or a field's name.
    @usableFromInline package static let nameBytes = 1...64
    /// Bytes of a rejoin token.
    package static let tokenBytes = 1...128
    /// Bytes of the name of a room's type, of a room's password, and of an invitation.
    package static let typeBytes = 1...32
    package static let passwordBytes = 1...64
    @usableFromInline package static let invitationBytes = 16...64
    /// For how long an invitation may be good, and how long it may keep a seat. Seconds.
    @usableFromInline package static let invitationSeconds: ClosedRange<UInt64> = 0...86_400
    package static let heldSeconds: UInt64 = 3600
    /// Bytes of the longest ticket.
    package static let ticketBytes = 4096
    /// The maximum number of operations in one uplink, of fields in one set, and of seats of one event.
    package static let listCount = 64
    /// The maximum number of names in a room.
    @usableFromInline package static let names = 1024
    /// Name indices below this can be columns of packed differences. Fields of higher indices are sent absolute.
    @usableFromInline package static let maskBits = 56
    /// Under overload a room runs at every stride-th tick number; a stride of 1 skips none.
    @usableFromInline package static let strides: ClosedRange<UInt64> = 1...4
    /// The maximum of uplink numbers, ticks and quantised steps: the largest integer that survives JSON.
    @usableFromInline package static let safeInteger: UInt64 = 1 << 53 - 1
    /// Bytes of the longest server message that a client must accept.
    @usableFromInline package static let serverMessageBytes = 4 << 20
}
