import Logging
import RelayCore

/// The relay's settings, validated and complete: no other code checks them again. Durations are milliseconds.
package struct ServerConfiguration: Sendable, Equatable {
    package let listen: Endpoint
    package let admin: Endpoint
    /// Where players connect by TLS, and with what the relay proves itself; nil without TLS.
    package let tls: TLSSettings?
    package let threads: Int
    /// Those of rooms whose type says nothing else.
    package let rooms: RoomSettings
    /// By name.
    package let roomTypes: [RoomTypeSettings]
    package let helloTimeout: Int
    package let uplinkBytes: Int
    package let maximumRooms: Int
    package let allowedOrigins: AllowedOrigins
    package let playground: PlaygroundAccess
    package let echo: EchoAccess
    package let access: AccessPolicy
    /// Whether ``access`` had to be written: others than this machine can connect, or could before a reload. Listeners outlive reloads.
    let mustSayAccess: Bool
    /// Nil: rooms end with the process.
    package let stateDirectory: String?
    package let logLevel: Logger.Level
    /// Nil: as many as descriptors allow.
    package let maximumConnections: Int?
    package let maximumHandshakes: Int
    package let addressLimits: AddressLimits
    package let proxies: ProxyTrust
    /// Nil: nobody acts at the admin listener, but by its Unix socket.
    package let adminToken: AdminToken?
    let written: WrittenSettings

    /// - Parameters:
    ///   - sources: The settings as written.
    ///   - processors: Cores of this machine, for the default of ``threads``.
    /// - Throws: One ``InvalidConfiguration`` with *every* problem.
    package init(_ sources: ConfigurationSources, processors: Int) throws(InvalidConfiguration) {
        let draft = sources.draft()
        var reader = SettingReader(draft: draft)
        self.written = WrittenSettings(texts: draft.values)
        self.listen = reader.endpoint(.listen, default: Endpoint(host: "127.0.0.1", port: 7777))
        self.admin = reader.endpoint(.admin, default: Endpoint(host: "127.0.0.1", port: 7778))
        self.tls = reader.tls(sources, processors: processors)
        self.threads = reader.integer(.threads, 1...64, default: min(max(processors, 1), 64))
        self.rooms = RoomSettings(&reader)
        self.helloTimeout = reader.duration(.helloTimeout, 100...60_000, default: 5000)
        self.uplinkBytes = reader.integer(.uplinkBytes, 256...1 << 20, default: 16 << 10)
        self.maximumRooms = reader.integer(.maximumRooms, 1...65_536, default: 4096)
        self.allowedOrigins = reader.origins(.allowedOrigins)
        self.playground = reader.choice(.playground, default: .loopback)
        self.echo = reader.choice(.echo, default: .off)
        self.access = reader.access(sources.ticketKeys)
        self.mustSayAccess = Self.mustSayAccess(reader, self.listen, sources)
        self.stateDirectory = reader.directory(.stateDir, default: sources.environment["RUNTIME_DIRECTORY"])
        self.logLevel = reader.choice(.logLevel, default: .info)
        self.maximumConnections = reader.maximumConnections()
        self.maximumHandshakes = reader.integer(.maximumHandshakes, 16...65_536, default: 4096)
        self.addressLimits = reader.addressLimits()
        self.proxies = reader.proxyTrust()
        self.adminToken = reader.adminToken(credentials: sources.credentialsDirectory)
        self.roomTypes = reader.roomTypes(draft)
        self.requireAgreement(&reader, sources.running)
        let problems = reader.problems + draft.problems
        guard problems.isEmpty else { throw InvalidConfiguration(problems: problems) }
    }

    /// Rules between settings. A rule is skipped if one of its settings is wrong by itself.
    private func requireAgreement(_ reader: inout SettingReader, _ running: RunningSettings?) {
        self.rooms.requireAgreement(&reader)
        let messageBytes = min(self.uplinkBytes, running?.first.uplinkBytes ?? .max)
        reader.require(
            !self.access.asksForTickets || messageBytes >= Self.helloBytes, .uplinkBytes, with: [.access], got: "\(messageBytes)",
            "must be at least \(Self.helloBytes) with tickets, which a hello has in it"
                + (running == nil ? "" : ": restart the relay")
        )
        self.requirePlaces(&reader)
    }

    /// The longest hello, in JSON: a ticket of 4,096 bytes, a room's name of 64, each escaped in 6, and what is around them.
    private static let helloBytes = 5120

    /// Rules about the listeners: who may play where they are, and that each has an address of its own.
    private func requirePlaces(_ reader: inout SettingReader) {
        let encrypted = Self.encryptedListener(reader)
        reader.require(!self.mustSayAccess || reader.text(of: .access) != nil, .access, got: "", Self.accessRule)
        reader.require(
            self.listen.port == 0 && !self.listen.isUnix || self.listen != self.admin, .admin, with: [.listen],
            got: "\(self.admin)",
            "must not be the address of listen"
        )
        for (key, endpoint) in [(ConfigurationKey.listen, self.listen), (.admin, self.admin)] {
            reader.require(
                encrypted != endpoint || endpoint.port == 0 && !endpoint.isUnix, .tlsListen, with: [key], got: "\(endpoint)",
                "must not be the address of \(key.rawValue)"
            )
        }
    }

    /// The settings that take effect without a restart; those of rooms for rooms that are made from then on.
    package static let reloadable: [ConfigurationKey] = [
        .tlsCertificate, .tlsKey, .tickRate, .heartbeatInterval, .maximumAckDelay, .stallAfter, .graceWindow, .hiddenGrace,
        .seatHold,
        .giveUpAfter, .uplinkRate, .uplinkBurst, .seatsPerRoom, .spectatorsPerRoom, .entitiesPerRoom, .stateBytesPerRoom,
        .emptyRoomLifetime, .roomWrites, .onLeave, .fields, .roomTypes, .helloTimeout, .allowedOrigins, .playground, .access,
        .ticketKeys, .ticketIssuer,
        .ticketAudience, .ticketSkew, .logLevel, .maximumConnections, .maximumHandshakes, .connectionsPerAddress,
        .handshakesPerAddress, .roomsPerAddress, .joinsPerAddress, .failuresPerAddress, .proxies, .proxyProtocol,
        .forwardedHeader, .trustedHops, .adminToken,
    ]

    /// Whether players come through a proxy: one is configured, or a listener for players is a Unix socket.
    package var isBehindProxy: Bool { !self.proxies.isEmpty || self.listen.isUnix || self.tls?.listen.isUnix == true }

    /// The settings that were written differently in an earlier reading, in documented order.
    package func changes(from earlier: ServerConfiguration) -> [ConfigurationKey] {
        ConfigurationKey.allCases.filter { self.written.texts[$0] != earlier.written.texts[$0] }
    }

    /// The front door's part of these settings.
    ///
    /// - Parameter descriptorLimit: RLIMIT_NOFILE as in force.
    package func frontDoor(descriptorLimit: Int) -> FrontDoorSettings {
        var settings = FrontDoorSettings(
            listen: self.listen, helloTimeout: self.helloTimeout, messageBytes: self.uplinkBytes,
            allowedOrigins: self.allowedOrigins, descriptorLimit: descriptorLimit
        )
        (settings.playground, settings.echo, settings.access) = (self.playground, self.echo, self.access)
        settings.maximumConnections = self.maximumConnections ?? .max
        settings.bounds.handshakes = self.maximumHandshakes
        (settings.limits, settings.proxies) = (self.addressLimits, self.proxies)
        return settings
    }
}

/// Settings as they were written; unset ones are absent. Always equal, so that configurations compare by value: `3s` is
/// `3000`.
struct WrittenSettings: Sendable, Equatable {
    let texts: [ConfigurationKey: String]

    static func == (_: Self, _: Self) -> Bool { true }
}
