/// A range of addresses: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let first: IPAddress
    /// Of 128, those of an IPv4 address's IPv6 form included.
    private let bits: Int

    /// Nil if `text` is none, or if bits behind the prefix are set: `192.0.2.1/24` is more likely a mistake than a range.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let offset = address.isV4 ? 96 : 0
        var bits = 128
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let length = Int(parts[1]),
                (0...128 - offset).contains(length)
            else { return nil }
            bits = offset + length
        }
        guard address.prefix(bits) == address else { return nil }
        (self.first, self.bits) = (address, bits)
    }

    package func contains(_ address: IPAddress) -> Bool { address.prefix(self.bits) == self.first }

    /// Whether an address that only this machine has is in it.
    package var hasThisMachine: Bool {
        self.first.isLoopback || ["127.0.0.1", "::1"].contains { IPAddress($0).map { self.contains($0) } ?? false }
    }

    package var description: String { "\(self.first)/\(self.first.isV4 ? self.bits - 96 : self.bits)" }
}
