import Glibc
import RelayServer
import Testing

@Suite("Mistakes in settings do not hide each other")
struct ConfigurationMistakesTests {
    private static func problems(
        _ settings: [String: String], adjust: (inout ConfigurationSources) -> Void = { _ in }
    ) -> InvalidConfiguration? {
        let commandLine = settings.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
        var sources = ConfigurationSources(commandLine: commandLine)
        adjust(&sources)
        do throws(InvalidConfiguration) {
            _ = try ServerConfiguration(sources, processors: 2)
            return nil
        } catch {
            return error
        }
    }

    @Test("Ten mistakes about who may come, how and how many: ten lines, and no secret in them")
    func ten() throws {
        let found = try #require(
            Self.problems([
                "listen": "0.0.0.0:7777", "tlsListen": "0.0.0.0:7777", "tlsKey": "credential:key", "tlsThreads": "65",
                "ticketIssuer": "", "maximumConnections": "0", "joinsPerAddress": "many", "proxies": "10.0.0.300",
                "adminToken": "hunter2",
            ]))
        #expect(
            found.problems.map(\.key) == [
                "tlsThreads", "tlsKey", "tlsCertificate", "ticketIssuer", "maximumConnections", "joinsPerAddress", "proxies",
                "adminToken", "access", "tlsListen",
            ])
        #expect("\(found)".split(separator: "\n").count == 10 && !"\(found)".contains("hunter2"))
    }

    @Test(
        "Who can connect does not depend on what else is wrong",
        arguments: [
            (["tlsListen": "*:443"], ["tlsCertificate", "tlsKey", "access"]),
            (["tlsListen": "*:443", "tlsCertificate": "c"], ["tlsKey", "access"]),
            (["tlsListen": "443"], ["tlsListen", "tlsCertificate", "tlsKey"]),
            (["listen": "0.0.0.0:7", "proxies": "x"], ["proxies", "access"]),
            (["proxies": "x"], ["proxies", "access"]),
            (["listen": "0.0.0.0:7", "tlsListen": "443"], ["tlsListen", "tlsCertificate", "tlsKey", "access"]),
            (["tlsListen": "127.0.0.1:7778"], ["tlsCertificate", "tlsKey", "tlsListen"]),
        ] as [([String: String], [String])]
    )
    func hides(_ settings: [String: String], _ expected: [String]) {
        #expect(Self.problems(settings)?.problems.map(\.key) == expected)
    }

    @Test("What is wrong with certificate and key is among the lines")
    func identity() throws {
        let settings = ["tlsListen": "*:443", "tlsCertificate": "/nowhere.pem", "tlsKey": "/nowhere.key"]
        let found = try #require(Self.problems(settings))
        #expect(found.problems.map(\.key) == ["tlsCertificate", "access"])
        #expect("\(found)".hasPrefix("tlsCertificate: /nowhere.pem: cannot be read (No such file"))
    }

    @Test(
        "What is wrong with a file is said once, with the line or the name that was meant",
        arguments: [
            (
                "{\n  \"tickRate\": 30\n  \"threads\": 1\n}",
                ["config: f: must be a JSON object of settings: look at line 3, and before it for a comma"]
            ),
            ("{\n\"tickRate\": 30,\n// \"x\n\"tickRate\": 60,\n}", ["tickRate: must stand once (again in f, line 4)"]),
            ("{\"playground\": true}", ["playground: true: must be a number, a string or a list"]),
            ("{\"acess\": \"open\"}", ["acess: is not a known setting: did you mean access? (in f)"]),
            ("{\"tickrate\": 3}", ["tickrate: is not a known setting: did you mean tickRate? (in f)"]),
            ("{\"speed\": 3}", ["speed: is not a known setting (in f)"]),
            (
                "{\"ticketSkew\": \"2h\"}",
                ["ticketSkew: 2h: must be a duration of 0ms to 1h: a number of milliseconds, or 250ms, 3s, 2m, 1h"]
            ),
            (
                "{\"access\": \"open\", \"proxies\": [\(Array(repeating: "\"10.0.0.1\"", count: 100).joined(separator: ","))]}",
                nil
            ),
        ] as [(String, [String]?)])
    func file(_ text: String, _ expected: [String]?) {
        #expect(Self.problems([:]) { $0.file = ("f", Array(text.utf8)) }?.problems.map(\.description) == expected)
    }

    @Test("A variable of the environment is set right by the name of a variable")
    func variable() {
        let found = Self.problems([:]) { $0.environment = ["TICKRELAY_TICKRATE": "3"] }
        #expect(found?.problems.map(\.rule) == ["is not a known setting: did you mean TICKRELAY_TICK_RATE? (in the environment)"])
    }

    @Test("A listener that was open already counts as well", arguments: [AF_INET, AF_UNIX])
    func inherited(_ family: Int32) throws {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        for (listeners, more) in [
            (InheritedListeners(players: descriptor), []), (InheritedListeners(encrypted: descriptor), ["tlsListen"]),
        ] {
            let found = Self.problems(["tickRate": "0"]) { $0.inherited = listeners }
            #expect(found?.problems.map(\.key) == more + ["tickRate", "access"])
            #expect((Self.problems(["access": "open"]) { $0.inherited = listeners }?.problems ?? []).map(\.key) == more)
        }
        #expect(Self.problems([:]) { $0.inherited = InheritedListeners(admin: descriptor) } == nil)
    }

    @Test("A socket for TLS that systemd has passed is not left open with nobody behind it")
    func unusedSocket() {
        let found = Self.problems(["access": "open"]) { $0.inherited = InheritedListeners(encrypted: 0) }
        #expect(found?.description.hasPrefix("tlsListen: must be set where systemd passes a socket for TLS") == true)
    }
}
