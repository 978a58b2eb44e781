/// Bounds of the wire format itself, the same for every relay. The welcome carries the bounds that a relay may configure.
public enum WireLimits {
    /// The protocol version that hello and rejoin name.
    public static let version: UInt64 = 1
    /// The WebSocket subprotocol of the binary form.
    public static let subprotocol = "tickrelay.v1"
    /// Bytes of a room's or a field's name.
    public static let nameBytes = 1...64
    /// Bytes of a rejoin token.
    public static let tokenBytes = 1...128
    /// The maximum number of operations in one uplink, of fields in one set, and of seats of one event.
    public static let listCount = 64
    /// The maximum number of names in a room.
    public static let names = 1024
    /// Name indices below this can be columns of packed differences. Fields of higher indices are sent absolute.
    public static let maskBits = 56
    /// Under overload a room runs at every stride-th tick number; a stride of 1 skips none.
    public static let strides: ClosedRange<UInt64> = 1...4
    /// The maximum of uplink numbers, ticks and quantised steps: the largest integer that survives JSON.
    public static let safeInteger: UInt64 = 1 << 53 - 1
    /// Bytes of the longest server message that a client must accept.
    public static let serverMessageBytes = 4 << 20
}
