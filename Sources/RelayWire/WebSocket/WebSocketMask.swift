/// The XOR of RFC 6455 §5.3, its own inverse.
enum WebSocketMask {
    /// Masks or unmasks `payload` in place, eight bytes at a time, whatever its alignment.
    ///
    /// - Parameters:
    ///   - key: The four key bytes in memory order, as an unaligned load of the wire gives them.
    ///   - payload: Must start at the frame's first payload byte, or the phase of the key would be wrong.
    static func apply(_ key: UInt32, to payload: UnsafeMutableRawBufferPointer) {
        guard key != 0, let start = payload.baseAddress else { return }
        let wide = UInt64(key) << 32 | UInt64(key)
        let count = payload.count
        var offset = 0
        while count &- offset >= 8 {
            let word = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            start.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        if count &- offset >= 4 {
            let word = start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            start.storeBytes(of: word ^ key, toByteOffset: offset, as: UInt32.self)
            offset &+= 4
        }
        var rest = key.littleEndian
        while offset < count {
            let byte = start.load(fromByteOffset: offset, as: UInt8.self)
            start.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest >>= 8
            offset &+= 1
        }
    }
}
