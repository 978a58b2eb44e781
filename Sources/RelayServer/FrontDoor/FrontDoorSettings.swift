import RelayWire

/// The front door's settings, already validated.
package struct FrontDoorSettings: Sendable, Equatable {
    package var listen: Endpoint
    /// A listener that is open already, to be used instead of ``listen``.
    package var inheritedListener: Int32?
    /// From accept to a complete hello. Milliseconds.
    package var helloTimeout: Int
    /// Maximum size of a client message; the codec keeps this bound in the arena too. Bytes.
    package var messageBytes: Int
    package var allowedOrigins: AllowedOrigins
    package var access = AccessPolicy.open
    package var playground = PlaygroundAccess.loopback
    package var echo = EchoAccess.off
    /// RLIMIT_NOFILE as in force.
    package var descriptorLimit: Int
    package var bounds = Bounds()
    /// Of one address. Loopback and proxies are exempt.
    package var limits = AddressLimits()
    /// Connections in all that players may have; the descriptors may allow fewer.
    package var maximumConnections = Int.max
    package var proxies = ProxyTrust()

    /// Bounds that are not configured, but for ``Bounds/handshakes``.
    package struct Bounds: Sendable, Equatable {
        /// Descriptors reserved for files, listeners, event loops and the admin listener.
        package var reservedDescriptors = 256
        /// Unfinished handshakes in all. Over it: the *oldest* one is closed (``PendingHandshakes``), so that a flood of silent connections
        /// hits slow clients and not newcomers.
        package var handshakes = 4096
        /// Bytes of an HTTP request, the head and everything sent with it. Over it: closed.
        package var requestBytes = 16 << 10
        /// Bytes that may wait between the hello and the hand-off. Over it: closed with 4004. Reached only by a peer that does not
        /// read its 101, or sends all that and ends its side, so that it is read to the end at once.
        package var unreadBytes = 64 << 10
        /// How long a refused connection may take to read its refusal. Milliseconds.
        package var linger = 1000
        /// The retry-after of refusals for lack of capacity. Milliseconds.
        package var retryAfter = 5000
        package init() {}
    }

    package init(
        listen: Endpoint, helloTimeout: Int, messageBytes: Int, allowedOrigins: AllowedOrigins, descriptorLimit: Int
    ) {
        (self.listen, self.helloTimeout, self.messageBytes) = (listen, helloTimeout, messageBytes)
        (self.allowedOrigins, self.descriptorLimit) = (allowedOrigins, descriptorLimit)
    }

    /// Takes over what a reload may change.
    package mutating func adopt(_ new: Self) {
        (self.helloTimeout, self.allowedOrigins, self.playground) = (new.helloTimeout, new.allowedOrigins, new.playground)
        (self.access, self.proxies, self.limits) = (new.access, new.proxies, new.limits)
        (self.maximumConnections, self.bounds.handshakes) = (new.maximumConnections, new.bounds.handshakes)
    }

    /// Maximum number of descriptors for connections.
    package var capacity: Int { max(1, self.descriptorLimit - self.bounds.reservedDescriptors) }
    /// Descriptors of connections, unfinished handshakes included, above which upgrades are answered with 503.
    package var nearCapacity: Int { max(1, self.capacity * 95 / 100) }
}

/// Whether browsers are shown the playground.
package enum PlaygroundAccess: Sendable, CaseIterable {
    case on, off
    /// Only while the listener is on a loopback address.
    case loopback

    func isOpen(onLoopback: Bool) -> Bool {
        switch self {
        case .on: true
        case .off: false
        case .loopback: onLoopback
        }
    }
}

/// The front door's clocks and randomness. Passed in by the executable, so that tests can control them.
package struct FrontDoorEnvironment: Sendable {
    /// CLOCK_MONOTONIC, nanoseconds.
    package var now: @Sendable () -> UInt64
    /// 64 unpredictable bits.
    package var random: @Sendable () -> UInt64
    /// Seconds since 1970, for the times in tickets.
    package var unixTime: @Sendable () -> Int64

    package init(
        now: @escaping @Sendable () -> UInt64, random: @escaping @Sendable () -> UInt64,
        unixTime: @escaping @Sendable () -> Int64
    ) {
        (self.now, self.random, self.unixTime) = (now, random, unixTime)
    }

    /// The identity of a new room.
    func newInstance() -> RoomInstance { RoomInstance(high: self.random(), low: self.random()) }
}
