/// Bounds of the wire format itself, the same for every relay. Bounds that a relay may configure come with the welcome.
public enum WireLimits {
    /// The protocol version that hello and rejoin name.
    public static let version: UInt64 = 1
    /// The WebSocket subprotocol of the binary form.
    public static let subprotocol = "tickrelay.v1"
    /// Bytes of a room's or a field's name.
    public static let nameBytes = 1...64
    /// Bytes of a rejoin token.
    public static let tokenBytes = 1...128
    /// Operations in one uplink, fields in one set, seats of one event.
    public static let listCount = 64
    /// Names in a room.
    public static let names = 1024
    /// Name indices that can be columns of packed differences; the others are sent absolute.
    public static let maskBits = 56
    /// Under overload a room runs at every stride-th tick number; 1 is none left out.
    public static let strides: ClosedRange<UInt64> = 1...4
    /// Integers that survive JSON: uplink numbers, ticks, quantised steps.
    public static let safeInteger: UInt64 = 1 << 53 - 1
    /// Bytes of the longest server message a client need take.
    public static let serverMessageBytes = 4 << 20
}
