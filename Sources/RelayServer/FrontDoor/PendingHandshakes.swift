import NIOCore

/// The connections in the middle of a handshake. Lives on the front door's event loop.
///
/// A handshake begins when a connection is accepted and ends when its channel closes: handed over, refused or gone. A connection that
/// heartbeats without a hello is one for as long as it stays.
final class PendingHandshakes {
    /// The decision on a new connection.
    enum Verdict: Equatable {
        case welcome
        /// Too many from this address: close at once.
        case tooManyFromAddress
    }

    private struct Handshake {
        var source: String?
        var channel: any Channel
    }

    private let perAddress: Int
    private let total: Int
    private var handshakes: [UInt64: Handshake] = [:]
    private var perSource: [String: Int] = [:]
    /// Numbers of handshakes, oldest first, with finished ones among them until they are dropped.
    private var order = CircularBuffer<UInt64>()
    private var nextNumber: UInt64 = 0

    init(_ bounds: FrontDoorSettings.Bounds) { (self.perAddress, self.total) = (bounds.handshakesPerAddress, bounds.handshakes) }

    /// Unfinished handshakes.
    var count: Int { self.handshakes.count }

    /// Channels of unfinished handshakes, in no order that matters.
    var channels: [any Channel] { self.handshakes.values.map(\.channel) }

    /// Enters a newcomer until its channel closes.
    ///
    /// - Parameters:
    ///   - places: Handshakes that the descriptors allow at a time, this one included; the total bound holds besides.
    ///   - evicted: Called for each handshake that is evicted, oldest first.
    func begin(_ channel: any Channel, places: Int, evicted: (any Channel) -> Void) -> Verdict {
        let source = PendingHandshakes.source(channel.remoteAddress)
        if let source, self.perSource[source, default: 0] >= self.perAddress { return .tooManyFromAddress }
        while self.count >= max(1, min(self.total, places)), let oldest = self.removeOldest() { evicted(oldest) }
        self.dropFinished()
        let number = self.nextNumber
        self.nextNumber += 1
        self.handshakes[number] = Handshake(source: source, channel: channel)
        self.order.append(number)
        if let source { self.perSource[source, default: 0] += 1 }
        let loop = channel.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.whenComplete { _ in bound.value.end(number) }
        return .welcome
    }

    private func end(_ number: UInt64) {
        guard let handshake = self.handshakes.removeValue(forKey: number) else { return }
        guard let source = handshake.source, let count = self.perSource[source] else { return }
        self.perSource[source] = count > 1 ? count - 1 : nil
    }

    private func removeOldest() -> (any Channel)? {
        self.dropFinished()
        guard let number = self.order.popFirst(), let channel = self.handshakes[number]?.channel else { return nil }
        self.end(number)
        return channel
    }

    /// Keeps `order` short: most handshakes end soon, and the finished ones behind one that stays (``HeartbeatGuests``) are never more
    /// than the unfinished ones and 64.
    private func dropFinished() {
        while let first = self.order.first, self.handshakes[first] == nil { self.order.removeFirst() }
        guard self.order.count > 2 * self.count + 64 else { return }
        self.order = CircularBuffer(self.order.filter { self.handshakes[$0] != nil })
    }

    /// The unit of the bound per address: an IPv4 address, or an IPv6 /64; nil for loopback, which is exempt.
    static func source(_ address: SocketAddress?) -> String? {
        switch address {
        case .v4(let v4):
            let bytes = withUnsafeBytes(of: v4.address.sin_addr) { Array($0) }
            return Self.source(v4: bytes[...])
        case .v6(let v6):
            let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            if isMapped { return Self.source(v4: bytes[12...]) }
            let isLoopback = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
            return isLoopback ? nil : bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
        case .unixDomainSocket, nil:
            return nil
        }
    }

    private static func source(v4 bytes: ArraySlice<UInt8>) -> String? {
        bytes.first == 127 ? nil : bytes.map(String.init).joined(separator: ".")
    }
}
