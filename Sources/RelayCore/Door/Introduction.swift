import RelayWire

/// Where a client comes from: an IPv4 address, or the /64 of an IPv6 one. Two clients with the same may be one person, or a school.
package struct ClientOrigin: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64
    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// A salted hash of a password, as the shell makes it. The room only compares.
package struct PasswordHash: Hashable, Sendable {
    /// 1 to 128 bytes.
    package var bytes: [UInt8]
    package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// What the shell knows of a connection that wants a seat, beside what it asked for.
package struct Introduction: Sendable, Equatable {
    /// What its ticket says; nil where there are no tickets.
    package var identity: PlayerIdentity?
    /// Nil where that says nothing of a client, as on loopback.
    package var origin: ClientOrigin?
    /// The text that it showed.
    package var invitation: String?
    /// The hash that it showed the password of; the room may have another by now.
    package var provenPassword: PasswordHash?

    package init(
        identity: PlayerIdentity? = nil, origin: ClientOrigin? = nil, invitation: String? = nil,
        provenPassword: PasswordHash? = nil
    ) {
        (self.identity, self.origin) = (identity, origin)
        (self.invitation, self.provenPassword) = (invitation, provenPassword)
    }
}

/// A password that a host has set, for the shell to hash. Secret.
package struct PasswordJob: Sendable, Equatable {
    /// Counts the passwords set in the room: of several the newest counts.
    package var number: UInt64
    package var password: String
}
