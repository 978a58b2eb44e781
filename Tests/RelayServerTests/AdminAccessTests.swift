import Glibc
import HTTPTypes
import NIOCore
import RelayServer
import Testing

/// A file that goes with its last reference.
final class SecretText {
    static let token = "0123456789abcdef0123456789abcdef"
    static let name = "secret"
    let directory: TemporaryDirectory
    var path: String { "\(self.directory.path)/\(Self.name)" }

    init(_ text: String, mode: mode_t = 0o600) throws {
        self.directory = try TemporaryDirectory()
        let descriptor = open("\(self.directory.path)/\(Self.name)", O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw RawClient.Failure(what: "open: errno \(errno)") }
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        fchmod(descriptor, mode)
        close(descriptor)
    }

    /// The settings that name it, read.
    func configuration() throws -> ServerConfiguration {
        try withExtendedLifetime(self) {
            try ServerConfiguration(ConfigurationSources(commandLine: [("adminToken", self.path)]), processors: 1)
        }
    }
}

@Suite("Who may do what at the admin listener")
struct AdminAccessTests {
    private static let right = "Bearer \(SecretText.token)"
    private static let wrong = "Bearer \(String(SecretText.token.reversed()))"

    private func access() throws -> AdminAccess {
        AdminAccess(token: try SecretText(SecretText.token + "\n").configuration().adminToken)
    }

    private func request(_ method: HTTPRequest.Method, _ path: String, _ fields: [(String, String)] = []) throws -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        for (name, value) in fields {
            request.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return request
    }

    private func status(_ access: AdminAccess, _ request: HTTPRequest, _ reach: AdminAccess.Reach) -> Int {
        switch access.decide(request, from: .local, reach, at: 0) {
        case .allow: 200
        case .refuse(let refusal): refusal.status.code
        case .wrongToken: AdminAccess.wrongToken.status.code
        }
    }

    @Test(
        "Reading is free on loopback and the private socket, acting on the socket alone, health everywhere",
        arguments: [
            (.get, "/stats", nil, 200, 200, 401), (.head, "/stats?room=a", nil, 200, 200, 401),
            (.get, "/events", nil, 200, 200, 401),
            (.get, "/nothing", nil, 200, 200, 401), (.get, "/healthz", nil, 200, 200, 200),
            (.get, "/readyz?now", nil, 200, 200, 200),
            (.get, "/", nil, 200, 200, 200), (.get, "/dashboard/dashboard.js", nil, 200, 200, 200),
            (.get, "/dashboard/../stats", nil, 200, 200, 401), (.get, "//stats", nil, 200, 200, 401),
            (.post, "/debug/hang/thread/0", nil, 401, 200, 401), (.post, "/healthz", nil, 401, 200, 401),
            (.delete, "/", nil, 401, 200, 401),
            (.options, "/stats", nil, 401, 200, 401), (.post, "/stats", right, 200, 200, 200),
            (.get, "/stats", right, 200, 200, 200),
            (.get, "/stats", "bearer \(SecretText.token)", 200, 200, 200), (.get, "/stats", wrong, 401, 401, 401),
            (.post, "/debug/hang/thread/0", wrong, 401, 401, 401), (.get, "/stats", SecretText.token, 401, 401, 401),
            (.get, "/stats", "Basic \(SecretText.token)", 401, 401, 401), (.get, "/stats", "Bearer ", 401, 401, 401),
            (.get, "/stats", "\(right)0", 401, 401, 401),
            (.get, "/healthz", wrong, 200, 200, 200),
        ] as [(HTTPRequest.Method, String, String?, Int, Int, Int)]
    )
    func table(_ row: (HTTPRequest.Method, String, String?, Int, Int, Int)) throws {
        let request = try self.request(row.0, row.1, row.2.map { [("Authorization", $0)] } ?? [])
        let access = try self.access()
        #expect(self.status(access, request, .thisMachine) == row.3)
        #expect(self.status(access, request, .thisUser) == row.4)
        #expect(self.status(access, request, .others) == row.5)
    }

    @Test("Two tokens in one request are none")
    func twice() throws {
        let request = try self.request(.post, "/x", [("Authorization", Self.right), ("Authorization", Self.right)])
        #expect(self.status(try self.access(), request, .thisMachine) == 401)
    }

    @Test("Without a token nobody acts but by the private socket, and the answer says what to set")
    func noToken() throws {
        let access = AdminAccess(token: nil)
        let act = try self.request(.post, "/debug/hang/thread/0")
        guard case .refuse(let refusal) = access.decide(act, from: .local, .thisMachine, at: 0) else {
            Issue.record("it was let in")
            return
        }
        #expect(refusal.status == .forbidden && refusal.sentence.contains("adminToken"))
        #expect(self.status(access, act, .thisUser) == 200)
        #expect(self.status(access, try self.request(.get, "/stats"), .others) == 403)
        #expect(self.status(access, try self.request(.get, "/stats", [("Authorization", Self.right)]), .thisMachine) == 401)
    }

    @Test(
        "What a form of another page can send makes nothing happen",
        arguments: [
            ("application/json", 200), ("application/json; charset=utf-8", 200), ("text/plain", 415),
            ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415), ("", 415),
            ("text/plain, application/json", 415),
        ]
    )
    func contentTypes(_ type: String, _ expected: Int) throws {
        let request = try self.request(.post, "/debug/x", [("Authorization", Self.right), ("Content-Type", type)])
        #expect(self.status(try self.access(), request, .thisMachine) == expected)
        #expect(
            self.status(try self.access(), try self.request(.post, "/debug/x", [("Content-Type", type)]), .thisUser) == expected)
    }

    @Test(
        "Pages of elsewhere may link, and no more",
        arguments: [
            ("same-origin", "cors", "empty", true), ("none", "navigate", "document", true),
            ("cross-site", "navigate", "document", true),
            ("same-site", "navigate", "document", true), ("cross-site", "no-cors", "script", false),
            ("cross-site", "no-cors", "image", false),
            ("same-site", "cors", "empty", false), ("cross-site", "navigate", "iframe", false), ("", "navigate", "iframe", false),
        ]
    )
    func fetchSites(_ site: String, _ mode: String, _ destination: String, _ isAnswered: Bool) throws {
        let fields = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination)]
        let hosts = AdminHosts(configured: "127.0.0.1")
        #expect((hosts.refusal(of: try self.request(.get, "/stats", fields)) == nil) == isAnswered)
        let post = hosts.refusal(of: try self.request(.post, "/stats", fields))
        #expect((post == nil) == ["same-origin", "none"].contains(site))
    }

    @Test("Wrong tokens are answered late after ten in a minute, by address; right ones never are")
    func slowed() throws {
        let access = try self.access()
        let (wrong, right) = (
            try self.request(.get, "/stats", [("Authorization", Self.wrong)]),
            try self.request(.get, "/stats", [("Authorization", Self.right)])
        )
        let peer = ClientAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 5))
        for _ in 0..<AdminAccess.patience {
            #expect(access.decide(wrong, from: peer, .others, at: 0) == .wrongToken(isLate: false))
        }
        #expect(access.decide(wrong, from: peer, .others, at: 0) == .wrongToken(isLate: true))
        #expect(access.decide(right, from: peer, .others, at: 0) == .allow)
        #expect(access.decide(wrong, from: .local, .others, at: 0) == .wrongToken(isLate: false))
        #expect(access.decide(wrong, from: peer, .others, at: 61_000_000_000) == .wrongToken(isLate: false))
        for number in 0..<3000 {
            let other = ClientAddress(try SocketAddress(ipAddress: "10.0.\(number >> 8).\(number & 255)", port: 5))
            _ = access.decide(wrong, from: other, .others, at: 61_000_000_000)
        }
        #expect(
            access.decide(wrong, from: .local, .others, at: 61_000_000_000) == .wrongToken(isLate: true), "the table is bounded")
    }

    @Test("A token is taken over at once, and the old one refused")
    func rotates() throws {
        let access = try self.access()
        let next = "fedcba9876543210fedcba9876543210"
        access.adopt(try SecretText(next).configuration().adminToken)
        #expect(self.status(access, try self.request(.post, "/x", [("Authorization", Self.right)]), .thisMachine) == 401)
        #expect(self.status(access, try self.request(.post, "/x", [("Authorization", "Bearer \(next)")]), .thisMachine) == 200)
    }

    @Test(
        "A token that is too short, guessable, or readable by others is a problem of the setting, and stands in no message",
        arguments: [
            (SecretText.token, 0o600, true), (SecretText.token + "\n", 0o440, true),
            (String(SecretText.token.dropLast()), 0o600, false),
            (String(repeating: "a", count: 64), 0o600, false), (SecretText.token + "\n\n", 0o600, false),
            ("two words " + SecretText.token, 0o600, false),
            ("", 0o600, false), (SecretText.token, 0o604, false), (SecretText.token, 0o620, false),
            (String(repeating: SecretText.token, count: 200), 0o600, false),
        ] as [(String, mode_t, Bool)]
    )
    func tokenFiles(_ text: String, _ mode: mode_t, _ isGood: Bool) throws {
        let file = try SecretText(text, mode: mode)
        do {
            #expect(try file.configuration().adminToken != nil)
            #expect(isGood)
        } catch let error as InvalidConfiguration {
            #expect(!isGood && error.problems.map(\.key) == ["adminToken"])
            #expect(text.count < 8 || !error.description.contains(text.prefix(8)))
        }
    }

    @Test(
        "Where the token is has to be said so that it is found",
        arguments: [
            ("credential:none", "/run/credentials"), ("credential:none", nil), ("credential:../x", "/run"),
            ("credential:", "/run"),
            ("relative", nil), (SecretText.token, nil), ("/", nil), ("/nowhere", nil), ("", nil),
        ] as [(String, String?)]
    )
    func places(_ text: String, _ directory: String?) throws {
        let environment = directory.map { ["CREDENTIALS_DIRECTORY": $0] } ?? [:]
        let sources = ConfigurationSources(commandLine: [("adminToken", text)], environment: environment)
        let error = #expect(throws: InvalidConfiguration.self) { try ServerConfiguration(sources, processors: 1) }
        #expect(error?.description.contains(SecretText.token) == false)
    }

    @Test("A credential is a file in the directory that systemd names")
    func credential() throws {
        let file = try SecretText(SecretText.token)
        let sources = ConfigurationSources(
            commandLine: [("adminToken", "credential:\(SecretText.name)")],
            environment: ["CREDENTIALS_DIRECTORY": file.directory.path])
        #expect(try ServerConfiguration(sources, processors: 1).adminToken?.matches(SecretText.token) == true)
        withExtendedLifetime(file) {}
    }

    @Test("Ready is between starting and draining, and never again")
    func readiness() {
        let readiness = Readiness()
        #expect(readiness.stage == .starting)
        for (stage, expected) in [(Readiness.Stage.ready, Readiness.Stage.ready), (.draining, .draining), (.ready, .draining)] {
            readiness.reach(stage)
            #expect(readiness.stage == expected)
        }
    }
}
