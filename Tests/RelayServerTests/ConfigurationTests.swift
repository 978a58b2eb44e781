import RelayServer
import Testing

struct ConfigurationVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var commandLine: [String: String] = [:]
    var environment: [String: String] = [:]
    var file: String?
    /// Keys with problems, in order.
    var problems: [String]

    init(
        _ name: String, commandLine: [String: String] = [:], environment: [String: String] = [:], file: String? = nil,
        problems: [String] = []
    ) {
        (self.testDescription, self.commandLine, self.environment) = (name, commandLine, environment)
        (self.file, self.problems) = (file, problems)
    }

    var sources: ConfigurationSources {
        ConfigurationSources(
            commandLine: self.commandLine.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) },
            environment: self.environment, file: self.file.map { (path: "settings.json", bytes: Array($0.utf8)) }
        )
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    @Test(
        "Every problem is reported, once, by its key",
        arguments: [
            ConfigurationVector("nothing is needed"),
            ConfigurationVector(
                "all at once, in the documented order, unknown keys last",
                commandLine: [
                    "zz": "1", "tickRate": "0", "listen": "here", "stallAfter": "-3s", "fields": "x:0,y", "aa": "1",
                ], problems: ["listen", "tickRate", "stallAfter", "fields", "fields", "aa", "zz"]),
            ConfigurationVector(
                "unknown in the environment", environment: ["TICKRELAY_TICKRATE": "3", "PATH": "/"],
                problems: ["TICKRELAY_TICKRATE"]),
            ConfigurationVector("unknown in the file", file: #"{"tickrate": 3, "a": {"b": 1}}"#, problems: ["a", "tickrate"]),
            ConfigurationVector(
                "ten mistakes about who may come and how much",
                commandLine: [
                    "maximumConnections": "0", "maximumHandshakes": "1", "connectionsPerAddress": "many",
                    "handshakesPerAddress": "-1",
                    "roomsPerAddress": "0", "joinsPerAddress": "1.5", "failuresPerAddress": "0",
                    "proxies": "10.0.0.1/8, proxy.example,unix",
                    "proxyProtocol": "v2", "forwardedHeader": "X-Forwarded-For", "trustedHops": "17", "adminToken": "hunter2",
                ],
                problems: [
                    "maximumConnections", "maximumHandshakes", "connectionsPerAddress", "handshakesPerAddress", "roomsPerAddress",
                    "joinsPerAddress", "failuresPerAddress", "proxies", "proxies", "proxyProtocol", "forwardedHeader",
                    "trustedHops", "adminToken", "access",
                ]),
            ConfigurationVector(
                "a PROXY header from nobody", commandLine: ["proxyProtocol": "required"], problems: ["proxyProtocol"]),
            ConfigurationVector(
                "a PROXY header from somebody",
                commandLine: ["proxyProtocol": "required", "proxies": "unix,::1", "access": "open"]),
            ConfigurationVector(
                "one Unix socket for both", commandLine: ["listen": "unix:/a", "admin": "unix:/a", "access": "open"],
                problems: ["admin"]),
            ConfigurationVector("not JSON", file: "{", problems: ["config"]),
            ConfigurationVector("not an object", file: "[1]", problems: ["config"]),
            ConfigurationVector("a list for a number", file: #"{"tickRate": [1]}"#, problems: ["tickRate"]),
            ConfigurationVector("an object for a number", file: #"{"tickRate": {"x": 1}}"#, problems: ["tickRate"]),
            ConfigurationVector("a fraction for a number", file: #"{"tickRate": 30.5}"#, problems: ["tickRate"]),
            ConfigurationVector("true for a number", file: #"{"tickRate": true}"#, problems: ["tickRate"]),
            ConfigurationVector("a null", file: #"{"tickRate": null}"#, problems: ["tickRate"]),
            ConfigurationVector("tick rate too high", commandLine: ["tickRate": "241"], problems: ["tickRate"]),
            ConfigurationVector("tick rate highest", commandLine: ["tickRate": "240"]),
            ConfigurationVector(
                "stall not after maximumAckDelay + heartbeat", commandLine: ["stallAfter": "1250"], problems: ["stallAfter"]),
            ConfigurationVector("stall just after maximumAckDelay + heartbeat", commandLine: ["stallAfter": "1251"]),
            ConfigurationVector(
                "a cross rule is not asked of a wrong value", commandLine: ["stallAfter": "1s", "maximumAckDelay": "x"],
                problems: ["maximumAckDelay"]),
            ConfigurationVector("give up within two heartbeats", commandLine: ["giveUpAfter": "2s"], problems: ["giveUpAfter"]),
            ConfigurationVector(
                "heartbeats too fast", commandLine: ["heartbeatInterval": "99ms"], problems: ["heartbeatInterval"]),
            ConfigurationVector(
                "heartbeats too slow", commandLine: ["heartbeatInterval": "60001"], problems: ["heartbeatInterval"]),
            ConfigurationVector("fastest heartbeats", commandLine: ["heartbeatInterval": "100ms"]),
            ConfigurationVector(
                "heartbeats faster than ticks", commandLine: ["heartbeatInterval": "199ms", "tickRate": "5"],
                problems: ["heartbeatInterval"]),
            ConfigurationVector("a heartbeat at each tick", commandLine: ["heartbeatInterval": "200ms", "tickRate": "5"]),
            ConfigurationVector("each second at 1 Hz", commandLine: ["tickRate": "1"]),
            ConfigurationVector(
                "slow heartbeats alone", commandLine: ["heartbeatInterval": "5s"], problems: ["stallAfter", "giveUpAfter"]),
            ConfigurationVector(
                "slow heartbeats, and timeouts that do not exceed them",
                commandLine: ["heartbeatInterval": "60s", "stallAfter": "60250", "giveUpAfter": "2m"],
                problems: ["stallAfter", "giveUpAfter"]),
            ConfigurationVector(
                "slow heartbeats, and timeouts that do",
                commandLine: ["heartbeatInterval": "60s", "stallAfter": "60251", "giveUpAfter": "120001"]),
            ConfigurationVector(
                "fast heartbeats, and timeouts shorter than a pause of overload",
                commandLine: ["heartbeatInterval": "100ms", "stallAfter": "500", "giveUpAfter": "500"],
                problems: ["stallAfter", "giveUpAfter"]),
            ConfigurationVector(
                "fast heartbeats, and short timeouts",
                commandLine: ["heartbeatInterval": "100ms", "stallAfter": "501", "giveUpAfter": "501"]),
            ConfigurationVector(
                "timeouts are not asked of a heartbeat that is wrong",
                commandLine: ["heartbeatInterval": "1ms", "stallAfter": "300", "giveUpAfter": "300"],
                problems: ["heartbeatInterval"]),
            ConfigurationVector("rate below acknowledgements", commandLine: ["uplinkRate": "3"], problems: ["uplinkRate"]),
            ConfigurationVector("burst below a tenth", commandLine: ["uplinkBurst": "11"], problems: ["uplinkBurst"]),
            ConfigurationVector("a state directory without a name", commandLine: ["stateDir": ""], problems: ["stateDir"]),
            ConfigurationVector(
                "one address for both", commandLine: ["listen": "localhost:1", "admin": "localhost:1"], problems: ["admin"]),
            ConfigurationVector(
                "TLS without a pair", commandLine: ["tlsListen": "[::1]:1"], problems: ["tlsCertificate", "tlsKey"]),
            ConfigurationVector("a pair without TLS", commandLine: ["tlsCertificate": "c", "tlsKey": "k"]),
            ConfigurationVector(
                "a credential without systemd",
                commandLine: ["tlsListen": "localhost:1", "tlsCertificate": "c", "tlsKey": "credential:k"],
                problems: ["tlsKey"]),
            ConfigurationVector(
                "credentials that are none",
                commandLine: [
                    "tlsListen": "localhost:1", "tlsCertificate": "credential:../c", "tlsKey": "credential:", "tlsThreads": "0",
                ],
                environment: ["CREDENTIALS_DIRECTORY": "/c"], problems: ["tlsThreads", "tlsCertificate", "tlsKey"]),
            ConfigurationVector("two chosen ports", commandLine: ["listen": "localhost:0", "admin": "localhost:0"]),
            ConfigurationVector("addresses", commandLine: ["listen": "::1:7", "admin": "[::1]"], problems: ["listen", "admin"]),
            ConfigurationVector("on loopback access need not be said", commandLine: ["listen": "[::1]:7"]),
            ConfigurationVector("elsewhere it must", commandLine: ["listen": "0.0.0.0:7"], problems: ["access"]),
            ConfigurationVector("also behind a name", commandLine: ["listen": "relay.example:7"], problems: ["access"]),
            ConfigurationVector("elsewhere, said", commandLine: ["listen": "*:7", "access": "open"]),
            ConfigurationVector("behind a proxy it must", commandLine: ["proxies": "127.0.0.1"], problems: ["access"]),
            ConfigurationVector("on a Unix socket it must", commandLine: ["listen": "unix:/run/a"], problems: ["access"]),
            ConfigurationVector("no such access", commandLine: ["access": "closed"], problems: ["access"]),
            ConfigurationVector("tickets without keys", commandLine: ["access": "tickets"], problems: ["access"]),
            ConfigurationVector(
                "what goes with tickets", commandLine: ["ticketSkew": "61m", "ticketIssuer": "", "ticketAudience": ""],
                problems: ["ticketSkew", "ticketIssuer", "ticketAudience"]),
            ConfigurationVector("no host", commandLine: ["listen": ":7", "admin": "x:65536"], problems: ["listen", "admin"]),
            ConfigurationVector(
                "choices",
                commandLine: ["roomWrites": "all", "onLeave": "Keep", "playground": "true", "echo": "on", "logLevel": "loud"],
                problems: ["roomWrites", "onLeave", "playground", "echo", "logLevel"]),
            ConfigurationVector(
                "fields", commandLine: ["fields": "x:inf,y:-1,z:0.1,z:0.2,:1"],
                problems: ["fields", "fields", "fields", "fields"]),
            ConfigurationVector(
                "origins", commandLine: ["allowedOrigins": "https://a.b:8443,null,a.b,http://a/b"],
                problems: ["allowedOrigins", "allowedOrigins"]),
            ConfigurationVector(
                "durations",
                commandLine: [
                    "seatHold": "1d", "graceWindow": "s", "hiddenGrace": "61m", "helloTimeout": "1e3", "maximumAckDelay": "0.5",
                ],
                problems: ["maximumAckDelay", "graceWindow", "hiddenGrace", "seatHold", "helloTimeout"]),
        ]
    )
    func problems(_ vector: ConfigurationVector) {
        do throws(InvalidConfiguration) {
            _ = try ServerConfiguration(vector.sources, processors: 2)
            #expect(vector.problems.isEmpty)
        } catch {
            #expect(error.problems.map(\.key) == vector.problems, "\(error)")
        }
    }

    @Test("Settings of TLS, with a pair that fits")
    func tls() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let (certificate, key) = (samples.certificate, samples.key)
        let vectors = [
            ConfigurationVector(
                "TLS",
                commandLine: [
                    "tlsListen": "a:1", "tlsCertificate": certificate, "tlsKey": "credential:good.key", "access": "open",
                ],
                environment: ["CREDENTIALS_DIRECTORY": samples.directory]),
            ConfigurationVector(
                "TLS where others listen",
                commandLine: [
                    "tlsListen": "localhost:1", "listen": "localhost:1", "admin": "b:1", "tlsCertificate": certificate,
                    "tlsKey": key,
                ],
                problems: ["tlsListen"]),
            ConfigurationVector(
                "elsewhere by TLS it must", commandLine: ["tlsListen": "*:1", "tlsCertificate": certificate, "tlsKey": key],
                problems: ["access"]),
            ConfigurationVector(
                "by TLS on loopback it need not",
                commandLine: ["tlsListen": "[::1]:1", "tlsCertificate": certificate, "tlsKey": key]),
        ]
        for vector in vectors { self.problems(vector) }
    }

    @Test("Command line before environment before file, in every spelling")
    func precedence() throws {
        let vector = ConfigurationVector(
            "", commandLine: ["tickRate": "120"], environment: ["TICKRELAY_TICK_RATE": "60", "TICKRELAY_SEAT_HOLD": "2m"],
            file: """
                {"tickRate": 10, "seatHold": 1, "graceWindow": 1500, "hiddenGrace": "1m", "stallAfter": "2.5s", "fields": ["x:0.01", "y:1"],
                 "allowedOrigins": "https://Game.Example", "listen": "*:0", "access": "open", "admin": "[::1]:9", "onLeave": "handToHost"}
                """
        )
        let configuration = try ServerConfiguration(vector.sources, processors: 3)
        #expect(configuration.rooms.tickRate == 120)
        #expect(configuration.rooms.seatHold == 120_000)
        #expect(configuration.rooms.graceWindow == 1500)
        #expect(configuration.rooms.hiddenGrace == 60_000)
        #expect(configuration.types.standard.room.hiddenGrace == 60_000_000_000)
        #expect(configuration.rooms.stallAfter == 2500)
        #expect(configuration.rooms.fields == [.init(name: "x", quantum: 0.01), .init(name: "y", quantum: 1)])
        #expect(configuration.allowedOrigins.listed == ["https://game.example"])
        #expect(configuration.listen == Endpoint(host: "0.0.0.0", port: 0))
        #expect(configuration.admin == Endpoint(host: "::1", port: 9))
        #expect(configuration.rooms.onLeave == .handToHost)
        #expect(configuration.threads == 3)
    }

    @Test(
        "The uplink rate follows a fast tick rate unless it is given",
        arguments: [("60", nil, 120, 240), ("61", nil, 122, 244), ("240", nil, 480, 960), ("240", "50", 50, 100)]
            as [(String, String?, Int, Int)]
    )
    func uplinkRate(_ vector: (String, String?, Int, Int)) throws {
        var commandLine = [(key: "tickRate", value: vector.0)]
        if let rate = vector.1 { commandLine.append((key: "uplinkRate", value: rate)) }
        let configuration = try ServerConfiguration(ConfigurationSources(commandLine: commandLine), processors: 1)
        #expect(configuration.rooms.uplinkRate == vector.2)
        #expect(configuration.rooms.uplinkBurst == vector.3)
    }

    @Test("Documented defaults are the defaults")
    func documentedDefaults() throws {
        let plain = try ServerConfiguration(ConfigurationSources(), processors: 2)
        let literal = ConfigurationKey.allCases.compactMap { key -> (key: String, value: String)? in
            let value = key.documentation.defaultValue
            return value.contains(" ") || value == "none" ? nil : (key: key.rawValue, value: value)
        }
        #expect(literal.count >= 18)
        #expect(try ServerConfiguration(ConfigurationSources(commandLine: literal), processors: 2) == plain)
    }

    @Test("The example file changes nothing, and means what it says once its comments are gone")
    func exampleFile() throws {
        let plain = try ServerConfiguration(ConfigurationSources(), processors: 2)
        let example = ConfigurationKey.exampleFile
        let commented = ConfigurationSources(file: ("example", Array(example.utf8)))
        #expect(try ServerConfiguration(commented, processors: 2) == plain)
        let settings = example.split(separator: "\n").filter {
            $0.hasSuffix(",") && !$0.hasSuffix(" \"\",") && $0.contains("\": \"")
        }
        #expect(settings.count >= 18)
        let uncommented = "{\n" + settings.map { $0.replacing("// ", with: "") }.joined(separator: "\n") + "\n}"
        let written = try ServerConfiguration(
            ConfigurationSources(file: ("example", Array(uncommented.utf8))), processors: 2)
        #expect(written == plain)
        #expect(written.changes(from: plain).count == settings.count)
    }

    @Test(
        "Comments and last commas are taken out, and nothing else",
        arguments: [
            (#"{"a": 1}"#, #"{"a": 1}"#),
            (#"{"a": 1,}"#, #"{"a": 1 }"#),
            ("[1, 2, ] // a, b\n", "[1, 2  ]        \n"),
            ("{\"a\": 1, // b\n}", "{\"a\": 1      \n}"),
            (#"{"a": "//,}", "b": "\",]"}"#, #"{"a": "//,}", "b": "\",]"}"#),
            (#"{"a": "open //"#, #"{"a": "open //"#),
            ("/", "/"), ("", ""), (#""\"#, #""\"#),
        ]
    )
    func comments(_ text: String, _ strict: String) {
        #expect(String(decoding: CommentedJSON.strict(Array(text.utf8)), as: UTF8.self) == strict)
    }

    @Test("What was written differently is told")
    func changes() throws {
        func read(_ settings: [(key: String, value: String)]) throws -> ServerConfiguration {
            try ServerConfiguration(ConfigurationSources(commandLine: settings), processors: 2)
        }
        let old = try read([("tickRate", "30"), ("logLevel", "info")])
        let new = try read([("logLevel", "debug"), ("stallAfter", "4s"), ("tickRate", "30")])
        #expect(new.changes(from: old) == [.stallAfter, .logLevel])
    }

    @Test(
        "Whether players come through a proxy",
        arguments: [([:], false), (["proxies": "10.0.0.1"], true), (["listen": "unix:/run/a"], true), (["listen": "*:1"], false)]
            as [([String: String], Bool)]
    )
    func behindProxy(_ settings: [String: String], _ expected: Bool) throws {
        let settings = settings.merging(["access": "open"]) { said, _ in said }
        let sources = ConfigurationSources(commandLine: settings.map { (key: $0.key, value: $0.value) })
        #expect(try ServerConfiguration(sources, processors: 1).isBehindProxy == expected)
    }

    @Test("The old name of a setting is refused, and the new one named")
    func renamed() throws {
        func problems(_ sources: ConfigurationSources) -> [String] {
            do {
                _ = try ServerConfiguration(sources, processors: 2)
                return []
            } catch {
                return error.problems.map(\.description)
            }
        }
        let text = "is now called maximumAckDelay (in "
        #expect(problems(ConfigurationSources(commandLine: [("ackDelay", "1s")])).first?.contains(text) == true)
        #expect(problems(ConfigurationSources(environment: ["TICKRELAY_ACK_DELAY": "1s"])).first?.contains(text) == true)
        #expect(problems(ConfigurationSources(commandLine: [("maximumAckDelay", "200ms")])) == [])
    }

    @Test("A problem reads as one line")
    func oneLine() {
        let problem = InvalidConfiguration.Problem(key: "tickRate", value: "0", rule: "must be 1")
        #expect(problem.description == "tickRate: 0: must be 1")
        #expect(ConfigurationKey.tickRate.environmentName == "TICKRELAY_TICK_RATE")
        #expect(ConfigurationKey.help.split(separator: "\n").filter { $0.count > 80 } == [])
    }
}
