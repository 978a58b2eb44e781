import RelayWire

/// HOST:PORT to listen on.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    public var host: String
    /// 0 lets the system choose.
    public var port: Int

    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Reads `HOST:PORT`, `[IPV6]:PORT` and `*:PORT` (every IPv4 address); nil if it is none of them.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self.init(host: host == "*" ? "0.0.0.0" : String(host), port: port)
    }

    public var description: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }
}

/// The front door's settings, already validated.
public struct FrontDoorSettings: Sendable {
    public var listen: Endpoint
    /// A listener that is open already, to be used instead of ``listen``.
    public var inheritedListener: Int32?
    /// From accept to a complete hello. Milliseconds.
    public var helloTimeout: Int
    /// Maximum size of a client message; the codec keeps this bound in the arena too. Bytes.
    public var messageBytes: Int
    public var allowedOrigins: AllowedOrigins
    /// RLIMIT_NOFILE as in force.
    public var descriptorLimit: Int
    public var bounds = Bounds()

    /// Bounds that are not configured.
    public struct Bounds: Sendable {
        /// Descriptors reserved for files, listeners, event loops and the admin listener.
        public var reservedDescriptors = 256
        /// Unfinished handshakes from one address (IPv6: from one /64). Loopback is exempt. Over it: closed at once.
        public var handshakesPerAddress = 64
        /// Unfinished handshakes in all. Over it: the *oldest* one is closed, so that a flood of silent connections hits slow
        /// clients and not newcomers (an honest handshake takes two round trips).
        public var handshakes = 4096
        /// Bytes of an HTTP request, the head and everything sent with it. Over it: closed.
        public var requestBytes = 16 << 10
        /// Bytes that may wait between the hello and the hand-off. Over it: closed. Reached only by a peer that does not
        /// read its 101.
        public var unreadBytes = 64 << 10
        /// How long a refused connection may take to read its refusal. Milliseconds.
        public var linger = 1000
        /// The retry-after of refusals for lack of capacity. Milliseconds.
        public var retryAfter = 5000
        public init() {}
    }

    public init(
        listen: Endpoint, helloTimeout: Int, messageBytes: Int, allowedOrigins: AllowedOrigins, descriptorLimit: Int
    ) {
        (self.listen, self.helloTimeout, self.messageBytes) = (listen, helloTimeout, messageBytes)
        (self.allowedOrigins, self.descriptorLimit) = (allowedOrigins, descriptorLimit)
    }

    /// Maximum number of descriptors for connections.
    public var capacity: Int { max(1, self.descriptorLimit - self.bounds.reservedDescriptors) }
    /// Above it upgrades are answered with 503.
    public var nearCapacity: Int { max(1, self.capacity * 95 / 100) }
}

/// The front door's clock and randomness. Passed in by the executable, so that tests can control them.
public struct FrontDoorEnvironment: Sendable {
    /// CLOCK_MONOTONIC, nanoseconds.
    public var now: @Sendable () -> UInt64
    /// 64 unpredictable bits.
    public var random: @Sendable () -> UInt64

    public init(now: @escaping @Sendable () -> UInt64, random: @escaping @Sendable () -> UInt64) {
        (self.now, self.random) = (now, random)
    }

    /// The identity of a new room.
    func newInstance() -> RoomInstance { RoomInstance(high: self.random(), low: self.random()) }
}
