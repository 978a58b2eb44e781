import Logging
import RelayCore

/// The relay's settings, validated and complete: no other code checks them again. Durations are milliseconds.
package struct ServerConfiguration: Sendable, Equatable {
    package let listen: Endpoint
    package let admin: Endpoint
    /// Where players connect by TLS, and with what the relay proves itself; nil without TLS.
    package let tls: TLSSettings?
    package let threads: Int
    package let tickRate: Int
    package let heartbeatInterval: Int
    package let maximumAckDelay: Int
    package let stallAfter: Int
    package let graceWindow: Int
    package let hiddenGrace: Int
    package let seatHold: Int
    package let giveUpAfter: Int
    package let helloTimeout: Int
    package let uplinkBytes: Int
    package let uplinkRate: Int
    package let uplinkBurst: Int
    package let seatsPerRoom: Int
    package let spectatorsPerRoom: Int
    package let entitiesPerRoom: Int
    package let stateBytesPerRoom: Int
    package let maximumRooms: Int
    package let emptyRoomLifetime: Int
    package let roomWrites: RoomWrites
    package let onLeave: DeparturePolicy
    package let fields: [DeclaredField]
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
        self.tickRate = reader.integer(.tickRate, 1...240, default: 30)
        self.heartbeatInterval = reader.duration(.heartbeatInterval, 100...60_000, default: 1000)
        self.maximumAckDelay = reader.duration(.maximumAckDelay, 10...10_000, default: 250)
        self.stallAfter = reader.duration(.stallAfter, 1...3_600_000, default: 3000)
        self.graceWindow = reader.duration(.graceWindow, 0...3_600_000, default: 10_000)
        self.hiddenGrace = reader.duration(.hiddenGrace, 0...3_600_000, default: 300_000)
        self.seatHold = reader.duration(.seatHold, 0...86_400_000, default: 120_000)
        self.giveUpAfter = reader.duration(.giveUpAfter, 1...3_600_000, default: 6000)
        self.helloTimeout = reader.duration(.helloTimeout, 100...60_000, default: 5000)
        self.uplinkBytes = reader.integer(.uplinkBytes, 256...1 << 20, default: 16 << 10)
        self.uplinkRate = reader.integer(.uplinkRate, 1...100_000, default: self.tickRate > 60 ? 2 * self.tickRate : 120)
        self.uplinkBurst = reader.integer(.uplinkBurst, 1...1_000_000, default: 2 * self.uplinkRate)
        self.seatsPerRoom = reader.integer(.seatsPerRoom, 1...Int(SeatNumber.players.upperBound), default: 512)
        self.spectatorsPerRoom = reader.integer(.spectatorsPerRoom, 0...SeatNumber.spectators.count, default: 512)
        self.entitiesPerRoom = reader.integer(.entitiesPerRoom, 1...65_536, default: 4096)
        self.stateBytesPerRoom = reader.integer(.stateBytesPerRoom, 1024...3 << 20, default: 1 << 20)
        self.maximumRooms = reader.integer(.maximumRooms, 1...65_536, default: 4096)
        self.emptyRoomLifetime = reader.duration(.emptyRoomLifetime, 0...86_400_000, default: 30_000)
        self.roomWrites = reader.choice(.roomWrites, default: .anyone)
        self.onLeave = reader.choice(.onLeave, default: .remove)
        self.fields = reader.fields(.fields)
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
        self.requireAgreement(&reader, sources.running)
        let problems = reader.problems + draft.problems
        guard problems.isEmpty else { throw InvalidConfiguration(problems: problems) }
    }

    /// Rules between settings. A rule is skipped if one of its settings is wrong by itself.
    private func requireAgreement(_ reader: inout SettingReader, _ running: RunningSettings?) {
        let tick = (1000 + self.tickRate - 1) / self.tickRate
        reader.require(
            self.heartbeatInterval >= tick, .heartbeatInterval, with: [.tickRate], got: "\(self.heartbeatInterval)ms",
            "must be at least a tick (\(tick)ms), for frames are sent at ticks"
        )
        let pause = max(self.heartbeatInterval, Self.longestPause)
        let reason = pause > self.heartbeatInterval ? "\(pause)ms" : "heartbeatInterval"
        reader.require(
            self.stallAfter > self.maximumAckDelay + pause, .stallAfter, with: [.maximumAckDelay, .heartbeatInterval],
            got: "\(self.stallAfter)ms",
            "must be more than maximumAckDelay + \(reason) (\(self.maximumAckDelay + pause)ms), or an idle player stalls"
        )
        reader.require(
            self.giveUpAfter > 2 * pause, .giveUpAfter, with: [.heartbeatInterval], got: "\(self.giveUpAfter)ms",
            "must be more than 2 x \(reason) (\(2 * pause)ms), or clients give up healthy connections"
        )
        let acknowledgements = (1000 + self.maximumAckDelay - 1) / self.maximumAckDelay
        reader.require(
            self.uplinkRate >= acknowledgements, .uplinkRate, with: [.maximumAckDelay], got: "\(self.uplinkRate)",
            "must be at least 1s / maximumAckDelay (\(acknowledgements)), or acknowledging is a flood"
        )
        reader.require(
            10 * self.uplinkBurst >= self.uplinkRate, .uplinkBurst, with: [.uplinkRate], got: "\(self.uplinkBurst)",
            "must be at least uplinkRate / 10, or a hiccup of the network is a flood"
        )
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

    /// Maximum time between two frames of a room that ticks less often because its thread is overloaded. Milliseconds.
    private static let longestPause = 250

    /// The settings that take effect without a restart.
    package static let reloadable: [ConfigurationKey] = [
        .tlsCertificate, .tlsKey, .helloTimeout, .allowedOrigins, .playground, .access, .ticketKeys, .ticketIssuer,
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
