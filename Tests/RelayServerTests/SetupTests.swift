import Foundation
import RelayServer
import Testing

/// Answers, and what comes of them.
struct SetupVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answers: [SetupQuestion: String]
    var isPackaged: Bool
    var url: String
    var ports: [Int]
    /// The settings that are written, in documented order.
    var keys: [ConfigurationKey]

    init(
        _ name: String, _ answers: [SetupQuestion: String], isPackaged: Bool = true, _ url: String, _ ports: [Int],
        _ keys: [ConfigurationKey]
    ) {
        (self.testDescription, self.answers, self.isPackaged) = (name, answers, isPackaged)
        (self.url, self.ports, self.keys) = (url, ports, keys)
    }

    /// Files are those of a test.
    func plan(_ directory: String, _ samples: IdentitySamples) throws -> SetupPlan {
        var questions = try SetupQuestions(directory: directory)
        try questions.answer(.host, self.answers[.host] ?? "play.example.org")
        for (question, text) in self.answers { try questions.answer(question, text) }
        try questions.answer(.certificate, samples.certificate)
        try questions.answer(.key, samples.key)
        questions.takeDefaults()
        return try #require(SetupPlan(questions, place: .init(isPackaged: self.isPackaged, group: "tickrelay")))
    }
}

@Suite("Setup")
struct SetupTests {
    private static let tls: [ConfigurationKey] = [.listen, .tlsListen, .tlsCertificate, .tlsKey]
    private static let tickets: [ConfigurationKey] = [.access, .ticketKeys, .adminToken]

    @Test(
        "The settings of a plan are those of the relay, without a complaint",
        arguments: [
            SetupVector("TLS, the package", [:], "wss://play.example.org", [80, 443], Self.tls + Self.tickets),
            SetupVector("TLS", [:], isPackaged: false, "wss://play.example.org:7443", [80, 7443], Self.tls + Self.tickets),
            SetupVector(
                "TLS, open", [.access: "open", .adminToken: "no"], "wss://play.example.org", [80, 443], Self.tls + [.access]),
            SetupVector(
                "an address", [.host: "2001:db8::1"], isPackaged: false, "wss://[2001:db8::1]:7443", [7443],
                Self.tls + Self.tickets),
            SetupVector(
                "a proxy", [.encryption: "proxy"], "wss://play.example.org", [443], [.listen, .proxies] + Self.tickets),
            SetupVector(
                "a proxy, open", [.encryption: "proxy", .access: "open"], isPackaged: false, "wss://play.example.org", [443],
                [.listen, .proxies, .access, .adminToken]),
            SetupVector("plain", [.encryption: "plain"], "ws://play.example.org:7777", [7777], [.listen] + Self.tickets),
            SetupVector(
                "plain, open, pages from elsewhere",
                [.encryption: "plain", .access: "open", .adminToken: "no", .origin: "https://a.example, https://b.example:8443"],
                isPackaged: false, "ws://play.example.org:7777", [7777], [.listen, .access, .allowedOrigins]),
        ]
    )
    func settings(_ vector: SetupVector) async throws {
        let (directory, samples) = (try TemporaryDirectory(), try IdentitySamples())
        defer { withExtendedLifetime((directory, samples)) {} }
        let plan = try vector.plan(directory.path, samples)
        try self.writeSecrets(of: plan)
        try self.write(plan.settingsText, to: plan.settingsFile)
        #expect(await SetupCheck.problems(in: plan.settingsFile, processors: 2, now: 1_800_000_000) == [])
        let strict = CommentedJSON.strict(Array(plan.settingsText.utf8))
        let written = try JSONDecoder().decode([String: String].self, from: Data(strict))
        #expect(Set(written.keys) == Set(vector.keys.map(\.rawValue)))
        #expect(plan.url == vector.url)
        #expect(plan.ports(wantsCertificate: true).map(\.port) == vector.ports)
    }

    @Test("A path that has everything in it stays a value")
    func hostilePaths() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let inner = "\(directory.path)/a \"b\" // \\c, 'd' {"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let plan = try SetupVector("", [:], "", [], []).plan(inner, samples)
        try self.writeSecrets(of: plan)
        try self.write(plan.settingsText, to: plan.settingsFile)
        #expect(await SetupCheck.problems(in: plan.settingsFile, processors: 1, now: 1_800_000_000) == [])
        #expect(plan.checkCommand.hasSuffix(#"/a "b" // \c, '\''d'\'' {/tickrelay.json'"#))
    }

    @Test(
        "What is not there, does not fit or has expired is a problem", arguments: [("no", "no"), ("old", "good"), ("old", "old")])
    func problems(_ certificate: String, _ key: String) async throws {
        let (directory, samples) = (try TemporaryDirectory(), try IdentitySamples())
        defer { withExtendedLifetime((directory, samples)) {} }
        var questions = try SetupQuestions(directory: directory.path)
        try questions.answer(.host, "play.example.org")
        try questions.answer(.access, "open")
        try questions.answer(.adminToken, "no")
        try questions.answer(.encryption, "certificate")
        try questions.answer(.certificate, "\(samples.directory)/\(certificate).pem")
        try questions.answer(.key, "\(samples.directory)/\(key).key")
        questions.takeDefaults()
        let plan = try #require(SetupPlan(questions, place: .init(isPackaged: false, group: nil)))
        try self.write(plan.settingsText, to: plan.settingsFile)
        let problems = await SetupCheck.problems(in: plan.settingsFile, processors: 1, now: 1_800_000_000)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("tls") == true)
    }

    // MARK: Questions

    @Test("Questions come in their order, and only those that follow from the answers")
    func order() throws {
        var questions = try SetupQuestions(directory: "/etc/tickrelay/")
        var asked: [SetupQuestion] = []
        while let question = questions.next {
            asked.append(question)
            try questions.answer(question, questions.defaultAnswer(to: question) ?? "play.example.org")
        }
        #expect(asked == SetupQuestion.allCases)
        #expect(questions.answers.certificate == "/etc/tickrelay/fullchain.pem")
        #expect(questions.answers.key == "/etc/tickrelay/privkey.pem")
        try questions.answer(.encryption, "proxy")
        try questions.answer(.access, "open")
        #expect(questions.next == nil)
        #expect(questions.idle == [.certificate, .key, .player])
    }

    @Test(
        "A script has to say what matters",
        arguments: [
            ([:], [.host, .encryption, .access]),
            ([.host: "a.example"], [.encryption, .access]),
            ([.host: "a.example", .encryption: "certificate", .key: "/k", .access: "open"], [.certificate]),
            ([.encryption: "plain", .access: "tickets"], [.host]),
            ([.host: "a.example", .encryption: "proxy", .access: "tickets"], []),
        ] as [([SetupQuestion: String], [SetupQuestion])]
    )
    func missing(_ answers: [SetupQuestion: String], _ missing: [SetupQuestion]) throws {
        var questions = try SetupQuestions(directory: "/d")
        for (question, text) in answers { try questions.answer(question, text) }
        questions.takeMinorDefaults()
        #expect(questions.missing == missing)
        #expect(questions.answers.wantsAdminToken == false)
        questions.takeDefaults()
        #expect(questions.missing == (answers[.host] == nil ? [.host] : []))
    }

    @Test("A refused answer changes nothing")
    func refusedAnswer() throws {
        var questions = try SetupQuestions(directory: "/d")
        let refused: [(SetupQuestion, String)] = [
            (.encryption, "tls"), (.certificate, "relative.pem"), (.key, "/k\n"), (.access, "closed"), (.adminToken, ""),
            (.origin, "game.example"), (.origin, "https://game.example/path"), (.origin, ","), (.room, ""), (.room, "a\u{1B}[2J"),
            (.room, "lobby*"), (.room, String(repeating: "r", count: 65)), (.player, "a\u{202E}b"), (.player, ""),
        ]
        for (question, text) in refused {
            #expect(throws: SetupRefusal.self, "\(question): \(text)") { try questions.answer(question, text) }
        }
        #expect(questions.answers == SetupAnswers())
        for directory in ["", "etc", "/etc/\u{0}"] {
            #expect(throws: SetupRefusal.self) { try SetupQuestions(directory: directory) }
        }
    }

    @Test(
        "Hosts",
        arguments: [
            ("Play.Example.ORG", "play.example.org"), ("localhost", "localhost"), ("203.0.113.7", "203.0.113.7"),
            ("2001:db8::1", "[2001:db8::1]"), ("[2001:db8::1]", "[2001:db8::1]"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a.example\n}", nil), ("a.example\", \"access\": \"open", nil), ("a.example;reboot", nil), ("$(reboot)", nil),
            ("-d.example", nil),
            ("https://a.example", nil), ("a.example/", nil), ("a.example:443", nil), ("a..example", nil), ("a.example.", nil),
            ("", nil), (" a.example", nil), ("1.2.3", nil), ("999.1.1.1", nil), ("bücher.example", nil),
            ("a\u{212A}.example", nil),
            ("[203.0.113.7]", nil), ("[::1", nil), ("0.0.0.0", nil), ("::", nil), ("*", nil), ("a_b.example", nil),
            ("\(String(repeating: "a", count: 64)).example", nil), (String(repeating: "a.", count: 126) + "example", nil),
        ] as [(String, String?)]
    )
    func hosts(_ text: String, _ expected: String?) {
        let host = try? SetupHost(text)
        #expect(host?.description == expected)
    }

    // MARK: Files that are there

    @Test(
        "Settings that somebody has chosen are told from those of the package",
        arguments: [
            ("", .untouched), ("\n", .untouched), ("{}", .untouched), (ConfigurationKey.exampleFile, .untouched),
            (ConfigurationKey.exampleFile.replacing(#"// "access": "","#, with: #""access": "open","#), .untouched),
            ("{\n    // Written by an upgrade\n    \"access\": \"open\",\n}\n", .untouched), ("planned", .same),
            (#"{"access": "tickets"}"#, .chosen), (#"{"access": "open", "tickRate": 60}"#, .chosen),
            (#"{"tickRate": "60"}"#, .chosen), ("{", .chosen), ("[]", .chosen),
        ] as [(String, ExistingSettings)]
    )
    func existing(_ text: String, _ expected: ExistingSettings) {
        #expect(ExistingSettings(Array(text.utf8), planned: "planned") == expected)
    }

    @Test("Keys that are there are kept, and none are made twice")
    func keys() throws {
        let made = try SetupKeySets(issuer: nil, relay: nil)
        let (issuer, relay) = (try #require(made.issuer), try #require(made.newRelay))
        #expect(made.makesIssuer && issuer.isSecret && !relay.isSecret)
        let again = try SetupKeySets(issuer: issuer, relay: relay)
        #expect(!again.makesIssuer && again.newRelay == nil && again.issuer != nil)
        let half = try SetupKeySets(issuer: issuer, relay: nil)
        #expect(!half.makesIssuer && half.newRelay?.text == relay.text)
        let elsewhere = try SetupKeySets(issuer: nil, relay: relay)
        #expect(!elsewhere.makesIssuer && elsewhere.issuer == nil && elsewhere.newRelay == nil)
        var rotated = issuer
        _ = rotated.add(.edDSA)
        #expect(throws: SetupRefusal.self, "the relay does not know the newest key") {
            try SetupKeySets(issuer: rotated, relay: relay)
        }
        var shared = JWKSet()
        _ = shared.add(.hs256)
        #expect(throws: SetupRefusal.self, "no public half") { try SetupKeySets(issuer: shared, relay: nil) }
        #expect(throws: SetupRefusal.self, "cannot sign") { try SetupKeySets(issuer: relay, relay: relay) }
    }

    // MARK: What is left to do

    @Test("The closing text and the report say the same, in lines that a terminal can show")
    func closing() throws {
        let plan = try SetupVector("", [.room: "a \"room\"", .player: "o'neill"], "", [], []).plan("/d", try IdentitySamples())
        var outcome = SetupOutcome()
        outcome.lacksCertificate = true
        outcome.ticket = .init(text: "a.b.c", expires: 7)
        outcome.files = [.init(path: plan.settingsFile, mode: "0644", state: .written, purpose: "the settings")]
        let text = plan.closingText(outcome)
        let join = #"const room = await join("wss://play.example.org", "a \"room\"", { ticket: "a.b.c" });"#
        for part in [
            "1. The files:", "sudo certbot certonly --standalone -d play.example.org", "sudo ufw allow 443/tcp",
            "ufw allow 80/tcp",
            "tickrelay-tls.socket", "curl https://play.example.org/sdk/v1/check", #"--player='o'\''neill'"#, join,
            "sudo tickrelay rooms list --token-file /d/admin-token",
        ] { #expect(text.contains(part), "\(part)") }
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(SetupReport(plan, outcome).text.utf8)) as? [String: Any])
        #expect(report["ticket"] as? String == "a.b.c")
        #expect(report["url"] as? String == plan.url)
        #expect(plan.ticketCommand.map { text.contains($0) } == true)
        #expect((report["javaScript"] as? String)?.hasSuffix(join) == true)
    }

    @Test("A certificate is copied from certbot, but not over its own source")
    func certificateCommands() throws {
        func plan(_ file: String, host: String = "a.example") throws -> SetupPlan {
            var questions = try SetupQuestions(directory: "/etc/tickrelay")
            for (question, text) in [(SetupQuestion.host, host), (.encryption, "certificate"), (.certificate, file)] {
                try questions.answer(question, text)
            }
            questions.takeDefaults()
            return try #require(SetupPlan(questions, place: .init(isPackaged: true, group: "tickrelay")))
        }
        let hook =
            #"install -m 640 -g tickrelay "$RENEWED_LINEAGE/fullchain.pem" /c.pem && "#
            + #"install -m 640 -g tickrelay "$RENEWED_LINEAGE/privkey.pem" /etc/tickrelay/privkey.pem && "#
            + "systemctl try-reload-or-restart tickrelay"
        let command = "sudo certbot certonly --standalone -d a.example --deploy-hook '\(hook)'"
        #expect(try plan("/c.pem").certificateCommands == [command])
        #expect(try plan("/etc/letsencrypt/live/a.example/fullchain.pem").certificateCommands == [])
        #expect(try plan("/c.pem", host: "203.0.113.7").certificateCommands == [])
    }

    @Test("A relay of the package does not see homes and temporary files")
    func hidden() throws {
        var questions = try SetupQuestions(directory: "/etc/tickrelay")
        for (question, text) in [
            (SetupQuestion.host, "a.example"), (.encryption, "certificate"), (.certificate, "/home/a/c.pem"),
        ] {
            try questions.answer(question, text)
        }
        questions.takeDefaults()
        let packaged = try #require(SetupPlan(questions, place: .init(isPackaged: true, group: nil)))
        let alone = try #require(SetupPlan(questions, place: .init(isPackaged: false, group: nil)))
        #expect(packaged.hiddenFiles == ["/home/a/c.pem"])
        #expect(alone.hiddenFiles == [])
    }

    // MARK: Helpers

    /// What a plan's settings name.
    private func writeSecrets(of plan: SetupPlan) throws {
        let keys = try SetupKeySets(issuer: nil, relay: nil)
        try self.write(keys.newRelay?.text ?? "", to: plan.relayFile)
        try self.write("0123456789abcdef0123456789abcdef\n", to: plan.tokenFile)
    }

    private func write(_ text: String, to path: String) throws {
        let isMade = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        try #require(isMade)
    }
}
