import Glibc

/// An IPv4 or IPv6 address. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last 64 of 128 bits. IPv4 has its IPv6 form here.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init(v4 address: UInt32) { self.init(high: 0, low: 0xFFFF << 32 | UInt64(address)) }

    /// - Parameter bytes: 4 or 16, in network order. Nil for any other count.
    init?(_ bytes: some Collection<UInt8>) {
        func word(_ part: some Collection<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self.init(v4: UInt32(truncatingIfNeeded: word(bytes)))
        case 16: self.init(high: word(bytes.prefix(8)), low: word(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, port or zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        // C would stop at a zero byte.
        guard !text.isEmpty, text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        let isV6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        guard inet_pton(isV6 ? AF_INET6 : AF_INET, String(text), &bytes) == 1 else { return nil }
        self.init(bytes)
    }

    /// Reads what ``ClientAddress/description`` writes, without its port; nil for who has no address.
    package init?(ofPeer text: String) {
        if let address = IPAddress(text) {
            self = address
        } else if let colon = text.lastIndex(of: ":") {
            let host = text[..<colon]
            self.init(host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host)
        } else {
            return nil
        }
    }

    package var isV4: Bool { self.high == 0 && self.low >> 32 == 0xFFFF }

    /// Whether only this machine can have it.
    package var isLoopback: Bool { self.isV4 ? self.low >> 24 & 0xFF == 127 : self.high == 0 && self.low == 1 }

    /// In network order: 4 or 16.
    private var bytes: [UInt8] {
        let all = [self.high, self.low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        return self.isV4 ? Array(all.suffix(4)) : all
    }

    /// As RFC 5952 writes it.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let length = socklen_t(text.count)
        guard inet_ntop(self.isV4 ? AF_INET : AF_INET6, self.bytes, &text, length) != nil else { return "unknown" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The first bits; the others are 0.
    ///
    /// - Parameter bits: 0...128.
    func prefix(_ bits: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : ~0 << UInt64(max(0, 64 - bits)) }
        return IPAddress(high: self.high & mask(bits), low: self.low & mask(bits - 64))
    }
}
