/// Every setting, in documented order: the one table from which help, errors and sources are made.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    case listen, admin, tlsListen, tlsCertificate, tlsKey, tlsThreads, threads, tickRate, heartbeatInterval, maximumAckDelay,
        stallAfter, graceWindow, hiddenGrace, seatHold
    case giveUpAfter, helloTimeout
    case uplinkBytes, uplinkRate, uplinkBurst, seatsPerRoom, spectatorsPerRoom, entitiesPerRoom, stateBytesPerRoom
    case maximumRooms, emptyRoomLifetime, roomWrites, onLeave, fields, roomTypes, allowedOrigins, playground, echo
    case access, ticketKeys, ticketIssuer, ticketAudience, ticketSkew, stateDir, logLevel
    case maximumConnections, maximumHandshakes
    case connectionsPerAddress, handshakesPerAddress, roomsPerAddress, joinsPerAddress, failuresPerAddress
    case proxies, proxyProtocol, forwardedHeader, trustedHops, adminToken

    /// The default as a user would write it, and a summary of the setting in one line.
    package var documentation: (defaultValue: String, summary: String) {
        switch self {
        case .listen: ("127.0.0.1:7777", "HOST:PORT (* is every IPv4 address) or unix:/PATH; a socket unit wins")
        case .admin: ("127.0.0.1:7778", "HOST:PORT of /stats, or unix:/PATH: private; a socket unit wins")
        case .tlsListen: ("none", "HOST:PORT for players by wss:// and https://; a socket unit wins")
        case .tlsCertificate: ("none", "PEM file with the certificate and its chain; or credential:NAME")
        case .tlsKey: ("none", "PEM file with its private key; or credential:NAME")
        case .tlsThreads: ("half the cores", "threads that encrypt, 1-64; each ends at a core of its own at best")
        case .threads: ("one per core", "arena threads, 1-64; a room lives on one")
        case .tickRate: ("30", "ticks per second, 1-240")
        case .heartbeatInterval: ("1s", "a frame comes at least so often; at least a tick, 100ms-60s")
        case .maximumAckDelay: ("250ms", "how long a client may hold an acknowledgement back; 10ms-10s")
        case .stallAfter: ("3s", "silence for so long is a stall; above maximumAckDelay + heartbeatInterval")
        case .graceWindow: ("10s", "from stalled to the drop; 0-1h")
        case .hiddenGrace: ("5m", "the same for who says that its page is hidden; 0-1h")
        case .seatHold: ("120s", "how long a dropped player's seat is held; 0-24h")
        case .giveUpAfter: ("6s", "a client gives up without a frame for so long; above 2 x heartbeatInterval")
        case .helloTimeout: ("5s", "from connecting to a complete hello; 100ms-60s")
        case .uplinkBytes: ("16384", "longest client message in bytes, 256-1048576")
        case .uplinkRate: ("120, above 60 Hz 2 x tickRate", "client messages per second, 1-100000; at least 1s / maximumAckDelay")
        case .uplinkBurst: ("2 x uplinkRate", "client messages in one burst; at least uplinkRate / 10")
        case .seatsPerRoom: ("512", "players in a room, 1-1023")
        case .spectatorsPerRoom: ("512", "spectators in a room, 0-1024")
        case .entitiesPerRoom: ("4096", "entities in a room, 1-65536")
        case .stateBytesPerRoom: ("1048576", "state of a room in bytes as SPEC section 13 counts, 1024-3145728")
        case .maximumRooms: ("4096", "rooms, 1-65536")
        case .emptyRoomLifetime: ("30s", "how long an empty room lasts; 0-24h")
        case .roomWrites: ("anyone", "who writes the room's own entities: anyone, host, compareAndSet")
        case .onLeave: ("remove", "what becomes of a leaver's entities: remove, keep, handToHost")
        case .fields: ("none", "quantised fields and their steps: x:0.01,y:0.01")
        case .roomTypes: ("none", "rooms by name with settings of their own, in the file: {\"duel\": {…}}")
        case .allowedOrigins: ("none", "pages of other servers that may connect: https://game.example,...; or *")
        case .playground: ("loopback", "the page to try it at /: on, off, loopback (on while listening there)")
        case .echo: ("off", "sends back what comes at /echo, for test suites: off, loopback, everywhere")
        case .access: ("open on loopback, else none", "who may play: open, or tickets; must be said where others can connect")
        case .ticketKeys: ("none", "JWK set of tickets ('tickrelay keys' makes it); or credential:NAME")
        case .ticketIssuer: ("none", "the claim iss that tickets must have")
        case .ticketAudience: ("none", "the claim aud that tickets must have")
        case .ticketSkew: ("30s", "by how much the issuer's clock may differ; 0-1h")
        case .stateDir: ("$RUNTIME_DIRECTORY, else none", "directory in which rooms outlive the process; created if need be")
        case .logLevel: ("info", "trace, debug, info, notice, warning, error, critical")
        case .maximumConnections: ("what descriptors allow", "connections of players, 1-1000000")
        case .maximumHandshakes: ("4096", "unfinished handshakes, 16-65536; over it the oldest goes")
        case .connectionsPerAddress: ("1024", "connections from one address, or IPv6 /64; 1-1000000")
        case .handshakesPerAddress: ("512", "unfinished handshakes from one address, 1-65536")
        case .roomsPerAddress: ("512", "rooms made from one address that are there, 1-65536")
        case .joinsPerAddress: ("1200", "new seats asked for from one address in a minute, 1-1000000")
        case .failuresPerAddress: ("600", "refused requests and hellos in a minute, then 429; 1-1000000")
        case .proxies: ("none", "proxies that are believed: 10.0.0.5,fd00::/8,unix")
        case .proxyProtocol: ("off", "whether proxies begin with a PROXY header: off, required")
        case .forwardedHeader: ("xForwardedFor", "else they tell in a header: xForwardedFor, forwarded")
        case .trustedHops: ("1", "proxies in a row that append to that header, 1-16")
        case .adminToken: ("none", "file with what operators say to act at admin; or credential:NAME")
        }
    }

    /// The variable of the environment: `tickRate` is `TICKRELAY_TICK_RATE`.
    package var environmentName: String { Self.environmentName(of: self.rawValue) }

    /// Former names of settings. A source that uses one is refused, and told the new name.
    static let renamed: [(from: String, to: ConfigurationKey)] = [("ackDelay", .maximumAckDelay)]

    static func environmentName(of key: String) -> String {
        var name = ConfigurationSources.environmentPrefix
        for character in key {
            if character.isUppercase { name.append("_") }
            name.append(contentsOf: character.uppercased())
        }
        return name
    }

    /// A settings file to start from: every setting with its summary, all commented out.
    package static var exampleFile: String {
        var lines = [
            "// Settings of TickRelay. Remove the // before a setting and change its value; then",
            "//     tickrelay check-config --config THIS-FILE",
            "// says what is wrong, and `systemctl reload tickrelay` takes over what a type of rooms may say (for rooms made from then on),",
            "// helloTimeout, allowedOrigins, playground, logLevel, certificate, key, access, the tickets' keys and rules, and all from",
            "// maximumConnections on. The others take a restart, which no player loses a seat by.",
            "{",
        ]
        for key in Self.allCases {
            let (defaultValue, summary) = key.documentation
            let isLiteral = !defaultValue.contains(" ") && defaultValue != "none"
            lines.append("    // \(summary)\(isLiteral ? "" : " (default: \(defaultValue))")")
            lines.append("    // \"\(key.rawValue)\": \"\(isLiteral ? defaultValue : "")\",")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// The table for a help text.
    package static var help: String {
        var lines = [
            "Settings, for --set KEY=VALUE, for the environment (tickRate is",
            "\(Self.tickRate.environmentName)) and for the JSON file of --config; the first of these",
            "that has one wins. Durations: milliseconds, or 250ms, 3s, 2m, 1h.",
            "",
        ]
        for key in Self.allCases {
            let documentation = key.documentation
            lines += ["\(key.rawValue) (default: \(documentation.defaultValue))", "    \(documentation.summary)"]
        }
        return lines.joined(separator: "\n")
    }
}
