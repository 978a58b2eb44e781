import RelayCore

/// The unit of limits by address: an IPv4 address, or the IPv6 /64 that one customer has at least.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let first: IPAddress

    init(_ address: IPAddress) { self.first = address.isV4 ? address : address.prefix(64) }

    /// The same for rooms.
    var origin: ClientOrigin { ClientOrigin(high: self.first.high, low: self.first.low) }

    package var description: String { self.first.isV4 ? "\(self.first)" : "\(self.first)/64" }
}
