import Glibc
import RelayServer
import Testing

@Suite("What a reload may not do")
struct ReloadTests {
    private static let now = 1_800_000_000

    private static func read(
        _ settings: [String: String], running: RunningSettings? = nil, keys: TicketKeys? = nil
    ) throws(InvalidConfiguration) -> ServerConfiguration {
        var sources = ConfigurationSources(
            commandLine: settings.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
        (sources.running, sources.now) = (running, Self.now)
        if let keys { sources.ticketKeys = .success(keys) }
        return try ServerConfiguration(sources, processors: 2)
    }

    private static func problems(_ settings: [String: String], _ running: RunningSettings, keys: TicketKeys? = nil) -> [String] {
        do throws(InvalidConfiguration) {
            _ = try self.read(settings, running: running, keys: keys)
            return []
        } catch {
            return error.problems.map(\.key)
        }
    }

    /// Starts with the first settings, and reloads the others.
    private static func run(_ readings: [[String: String]]) throws -> RunningSettings {
        var running = RunningSettings(try self.read(readings[0]))
        for settings in readings.dropFirst() { running.adopt(try self.read(settings, running: running)) }
        return running
    }

    @Test(
        "It opens to nobody a listener that others reach: there access stays something to be said, whatever the new file listens on",
        arguments: [
            ([["listen": "0.0.0.0:7", "access": "open"]], [:], ["access"]),
            ([["listen": "relay.example:7", "access": "open"]], ["listen": "127.0.0.1:7"], ["access"]),
            ([["listen": "unix:/run/a", "access": "open"]], [:], ["access"]),
            ([["proxies": "127.0.0.1", "access": "open"]], [:], ["access"]),
            ([["listen": "*:7", "access": "open"], ["access": "open"]], [:], ["access"]),
            ([[:], ["listen": "*:7", "access": "open"]], [:], ["access"]),
            ([[:], ["proxies": "10.0.0.1", "access": "open"]], [:], ["access"]),
            ([["listen": "0.0.0.0:7", "access": "open"]], ["access": "open"], []),
            ([[:]], [:], []), ([["listen": "[::1]:7"]], [:], []), ([[:]], ["listen": "*:7"], ["access"]),
        ] as [([[String: String]], [String: String], [String])]
    )
    func opens(_ readings: [[String: String]], _ next: [String: String], _ expected: [String]) throws {
        #expect(Self.problems(next, try Self.run(readings)) == expected)
    }

    @Test("The same for a listener of TLS")
    func opensEncrypted() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let running = try Self.run([
            ["tlsListen": "*:443", "tlsCertificate": samples.certificate, "tlsKey": samples.key, "access": "open"]
        ])
        #expect(Self.problems([:], running) == ["access"])
        #expect(Self.problems(["access": "open"], running) == [])
    }

    @Test("Tickets are not asked for where a message is too short for one, by the settings or by those that run")
    func shortMessages() async throws {
        let keys = try await TicketSamples.keys(TicketSamples.curve)
        let tickets = ["access": "tickets", "ticketKeys": "k"]
        for (bytes, expected) in [("5119", ["uplinkBytes"]), ("5120", [])] {
            let settings = tickets.merging(["uplinkBytes": bytes]) { $1 }
            #expect(Self.problems(settings, RunningSettings(try Self.read([:])), keys: keys) == expected)
        }
        #expect(Self.problems(tickets, RunningSettings(try Self.read(["uplinkBytes": "256"])), keys: keys) == ["uplinkBytes"])
        #expect(Self.problems(["uplinkBytes": "256"], RunningSettings(try Self.read([:]))) == [])
    }

    // MARK: What it takes over

    /// For each setting of the front door that needs no restart, a value that is not the default; tickets are in force.
    private static let changes: [ConfigurationKey: String] = [
        .helloTimeout: "1s", .allowedOrigins: "null", .playground: "off", .access: "open", .ticketIssuer: "i",
        .ticketAudience: "a",
        .ticketSkew: "1s", .maximumConnections: "7", .maximumHandshakes: "77", .connectionsPerAddress: "7",
        .handshakesPerAddress: "7", .roomsPerAddress: "7", .joinsPerAddress: "7", .failuresPerAddress: "7",
        .proxies: "10.0.0.2", .proxyProtocol: "required", .forwardedHeader: "forwarded", .trustedHops: "2",
    ]

    @Test("What is said to need no restart is taken over, each by itself", arguments: Self.changes.keys)
    func takesOver(_ key: ConfigurationKey) async throws {
        let keys = try await TicketSamples.keys(TicketSamples.curve)
        let old = ["access": "tickets", "ticketKeys": "k", "proxies": "10.0.0.1"]
        let new = old.merging([key.rawValue: Self.changes[key] ?? ""]) { $1 }
        var settings = try Self.read(old, keys: keys).frontDoor(descriptorLimit: 999)
        let expected = try Self.read(new, keys: keys).frontDoor(descriptorLimit: 999)
        #expect(settings != expected)
        settings.adopt(expected)
        #expect(settings == expected)
    }

    @Test("Other keys under the same name are taken over")
    func takesOverKeys() async throws {
        let old = ["access": "tickets", "ticketKeys": "k"]
        var settings = try Self.read(old, keys: try await TicketSamples.keys(TicketSamples.curve)).frontDoor(descriptorLimit: 999)
        let next = try await TicketSamples.keys(TicketSamples.shared())
        settings.adopt(try Self.read(old, keys: next).frontDoor(descriptorLimit: 999))
        #expect(settings.access == .tickets(TicketPolicy(keys: next)))
    }

    @Test("Every setting that is said to need no restart is in these tests; what needs one is not taken over")
    func complete() throws {
        let elsewhere: Set<ConfigurationKey> = [.tlsCertificate, .tlsKey, .ticketKeys, .adminToken, .logLevel]
        let ofRooms = Set(RoomSettings.keys + [.roomTypes])
        #expect(Set(ServerConfiguration.reloadable) == elsewhere.union(Self.changes.keys).union(ofRooms))
        let old = try Self.read([:]).frontDoor(descriptorLimit: 999)
        for (key, value) in [("listen", "127.0.0.1:1"), ("uplinkBytes", "9999"), ("echo", "loopback")] {
            var settings = old
            settings.adopt(try Self.read([key: value]).frontDoor(descriptorLimit: 9))
            #expect(settings == old, "\(key)")
        }
    }

    // MARK: Certificate and key

    private static func settings(_ certificate: String, _ key: String) -> [String: String] {
        ["tlsListen": "127.0.0.1:443", "tlsCertificate": certificate, "tlsKey": key]
    }

    @Test("A pair that does not fit, or has expired, makes it a reload that changes nothing")
    func badPair() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let good = Self.settings(samples.certificate, samples.key)
        let running = try Self.run([good])
        for (settings, expected) in [
            (good, []), (Self.settings(samples.certificate, samples.expiredKey), ["tlsKey"]),
            (Self.settings(samples.key, samples.key), ["tlsCertificate"]),
            (Self.settings(samples.certificate, samples.certificate), ["tlsKey"]),
            (Self.settings(samples.expired, samples.expiredKey), ["tlsCertificate"]),
        ] {
            #expect(Self.problems(settings.merging(["joinsPerAddress": "7"]) { $1 }, running) == expected)
        }
    }

    @Test("One that runs and has expired stands in no other setting's way, and is warned of")
    func expired() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let old = Self.settings(samples.expired, samples.expiredKey)
        let running = try Self.run([old])
        #expect(Self.problems(old.merging(["joinsPerAddress": "7"]) { $1 }, running) == [])
        #expect(
            try Self.read(old).warnings(at: Self.now).map(\.description) == [
                "tlsCertificate: has expired at 2020-02-01T00:00:00Z: clients refuse it"
            ])
        #expect(try Self.read(old).warnings(at: 1_579_000_000).isEmpty)
    }

    @Test("The pair is what was in the files when they were read")
    func replaced() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let settings = Self.settings(samples.certificate, samples.key)
        let before = try Self.read(settings)
        #expect(try Self.read(settings) == before)
        try samples.replace("good.pem", by: "old.pem")
        try samples.replace("good.key", by: "old.key")
        #expect(try Self.read(settings) != before)
    }

    @Test(
        "A key that others may read or change is refused; a certificate anybody may read",
        arguments: [0o600, 0o640, 0o644, 0o620])
    func keyMode(_ mode: mode_t) throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        chmod(samples.certificate, 0o644)
        chmod(samples.key, mode)
        let found = Self.problems(Self.settings(samples.certificate, samples.key), RunningSettings(try Self.read([:])))
        #expect(found == (mode & 0o027 == 0 ? [] : ["tlsKey"]))
    }
}

@Suite("Settings that do nothing")
struct WarningTests {
    @Test(
        "What somebody writes and nothing comes of is told, and is no mistake",
        arguments: [
            ([:], []), (["tlsCertificate": "c", "tlsKey": "k"], ["tlsCertificate", "tlsKey"]),
            (["tlsThreads": "2"], ["tlsThreads"]),
            (
                ["ticketIssuer": "i", "ticketAudience": "a", "ticketSkew": "1s"],
                ["ticketIssuer", "ticketAudience", "ticketSkew"]
            ),
            (["trustedHops": "2", "forwardedHeader": "forwarded"], ["forwardedHeader", "trustedHops"]),
            (["trustedHops": "2", "proxies": "10.0.0.1"], []),
            (["trustedHops": "2", "proxies": "10.0.0.1", "proxyProtocol": "required"], ["trustedHops"]),
        ] as [([String: String], [String])]
    )
    func idle(_ settings: [String: String], _ expected: [String]) throws {
        let settings = settings.merging(["access": "open"]) { $1 }
        let sources = ConfigurationSources(commandLine: settings.map { (key: $0.key, value: $0.value) })
        #expect(try ServerConfiguration(sources, processors: 1).warnings(at: 0).map(\.key) == expected)
    }
}
