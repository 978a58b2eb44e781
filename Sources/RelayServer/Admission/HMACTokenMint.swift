import Crypto
import RelayHosting
import RelayWire

/// Rejoin tokens as SPEC section 11 has them: instance, seat and generation, then HMAC-SHA-256 over a prefix and these.
///
/// The instance is written as the welcome writes it: low half, then high half, little-endian.
package struct HMACTokenMint: TokenMint {
    /// Bytes of a token: 16 + 2 + 8, and the authenticator's 32.
    package static let tokenByteCount = 26 + 32
    /// Bytes of a key.
    package static let keyByteCount = 32
    private static let prefix = Array("tickrelay.v1 rejoin".utf8)
    private static let bodyByteCount = 26

    private let key: SymmetricKey

    /// - Parameter key: 32 bytes from the system's generator; kept in the state directory, else new at every start. Never logged.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "a token key has 32 bytes")
        self.key = SymmetricKey(data: key)
    }

    /// Mints a token of ``tokenByteCount`` bytes.
    package func mint(_ token: RejoinToken) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.tokenByteCount)
        bytes.appendLittleEndian(token.instance.low)
        bytes.appendLittleEndian(token.instance.high)
        bytes.appendLittleEndian(token.seat.rawValue)
        bytes.appendLittleEndian(token.generation)
        let code = HMAC<SHA256>.authenticationCode(for: Self.prefix + bytes, using: self.key)
        code.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The token, or nil if it is not one of ours. The comparison takes the same time wherever the bytes differ.
    package func verify(_ bytes: [UInt8]) -> RejoinToken? {
        guard bytes.count == Self.tokenByteCount else { return nil }
        let body = bytes[..<Self.bodyByteCount]
        let isOurs = HMAC<SHA256>.isValidAuthenticationCode(
            Array(bytes[Self.bodyByteCount...]), authenticating: Self.prefix + body, using: self.key
        )
        guard isOurs else { return nil }
        let instance = RoomInstance(
            high: body.littleEndian(UInt64.self, at: 8), low: body.littleEndian(UInt64.self, at: 0)
        )
        let seat = SeatNumber(rawValue: body.littleEndian(UInt16.self, at: 16))
        return RejoinToken(instance: instance, seat: seat, generation: body.littleEndian(UInt64.self, at: 18))
    }
}

extension [UInt8] {
    fileprivate mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    /// Reads an integer. The caller has checked the length.
    fileprivate func littleEndian<Integer: FixedWidthInteger>(_ type: Integer.Type, at offset: Int) -> Integer {
        let start = self.startIndex + offset
        return self[start..<start + MemoryLayout<Integer>.size].reversed().reduce(0) { $0 << 8 | Integer($1) }
    }
}
