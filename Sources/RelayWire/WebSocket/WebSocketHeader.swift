/// A frame's header as it is read: first its first two bytes, then the long length and the masking key.
struct WebSocketHeader {
    let isFinal: Bool
    let opcode: WebSocketOpcode
    private let isMasked: Bool
    private let shortLength: UInt8
    /// The whole header's length in bytes; 2 … 14.
    let byteCount: Int
    /// The masking key in memory order; 0 if the frame is not masked.
    private(set) var key: UInt32 = 0

    /// Checks everything that the first two bytes determine.
    @inline(__always)
    init(_ first: UInt8, _ second: UInt8, role: WebSocketRole) throws(WebSocketError) {
        guard first & 0x70 == 0 else { throw .reservedBitsSet }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else { throw .unknownOpcode }
        let isMasked = second & 0x80 != 0
        guard isMasked == (role == .server) else { throw isMasked ? .maskedServerFrame : .unmaskedClientFrame }
        let isFinal = first & 0x80 != 0
        let shortLength = second & 0x7F
        if opcode.isControl {
            guard isFinal else { throw .fragmentedControlFrame }
            guard shortLength <= 125 else { throw .controlFrameTooLong }
        }
        (self.isFinal, self.opcode, self.isMasked, self.shortLength) = (isFinal, opcode, isMasked, shortLength)
        self.byteCount = (shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10) &+ (isMasked ? 4 : 0)
    }

    /// Reads the rest of a header that has arrived whole.
    ///
    /// - Returns: The length of the payload as the peer announced it, in bytes; below 2^63.
    @inline(__always)
    mutating func readLengthAndKey(_ start: UnsafeRawPointer) throws(WebSocketError) -> UInt64 {
        if self.isMasked { self.key = start.loadUnaligned(fromByteOffset: self.byteCount &- 4, as: UInt32.self) }
        switch self.shortLength {
        case 126:
            let length = UInt16(bigEndian: start.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            guard length > 125 else { throw .lengthNotMinimal }
            return UInt64(length)
        case 127:
            let length = UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard length > 0xFFFF else { throw .lengthNotMinimal }
            guard length >> 63 == 0 else { throw .lengthOutOfRange }
            return length
        default:
            return UInt64(self.shortLength)
        }
    }
}
