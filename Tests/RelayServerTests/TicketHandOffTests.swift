import Foundation
import RelayHosting
import RelayServer
import RelayWire
import Synchronization
import Testing

@Suite("Tickets at the front door", .serialized)
struct TicketHandOffTests {
    private typealias Samples = TicketSamples

    private static func hello(_ ticket: [UInt8]?, room: String = "lobby", role: Role = .player) -> [UInt8] {
        Sample.frame(.binary, Sample.message { $0.hello(Hello(room: room, role: role, wantsPlayers: true, ticket: ticket)) })
    }

    private static func harness() async throws -> FrontDoorHarness {
        let policy = try await Samples.policy()
        return try await FrontDoorHarness { $0.access = .tickets(policy) }
    }

    @Test("A hello with a good ticket is handed over with what the ticket says, and without the ticket")
    func admits() async throws {
        let ticket = try await Samples.sign(Samples.claims(["rights": #"["create","play","host"]"#]))
        let harness = try await Self.harness()
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Self.hello(ticket) + Sample.frame(.binary, [9]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([9]))
        }
        let taken = try #require(harness.hosting.admissions.first)
        guard case .hello(let hello) = taken.request else { throw RawClient.Failure(what: "not a hello") }
        #expect(hello.room == "lobby" && hello.ticket == nil)
        #expect(taken.identity == PlayerIdentity(player: "u-1", name: "Ann", rights: [.create, .play, .host]))
        #expect(taken.form.takesPlayers)
    }

    @Test("The ticket may come in Authorization; a hello's own counts first")
    func authorization() async throws {
        let good = String(decoding: try await Samples.sign(Samples.claims()), as: UTF8.self)
        let harness = try await Self.harness()
        try await harness.run { port in
            for (header, own, code) in [
                ("Bearer \(good)", nil, nil), ("bearer  \(good)", nil, nil), ("Bearer x", Array(good.utf8), nil),
                ("Bearer \(good)", [0x78], 4031), ("Basic \(good)", nil, 4030), ("Bearer", nil, 4030), ("Bearer a b", nil, 4030),
            ] as [(String, [UInt8]?, UInt16?)] {
                let client = try RawClient(port: port)
                try client.send(
                    Sample.upgrade(["Authorization": header]) + Self.hello(own) + Sample.frame(.binary, [9]))
                _ = try client.readHead()
                switch try client.next() {
                case .binary(let bytes): #expect(bytes == [9] && code == nil, "\(header)")
                case .close(let found, _): #expect(found == code, "\(header)")
                default: Issue.record("\(header): neither")
                }
            }
        }
    }

    @Test(
        "A hello that is refused gets a code, a sentence, a counter of its reason, and makes no room",
        arguments: [
            (nil, "lobby", Role.player, 4030, "missing"), ("", "elsewhere", .player, 4034, "otherRoom"),
            ("", "lobby", .spectator, 4035, "lacksRight"), (#""exp":1"#, "lobby", .player, 4032, "expired"),
            (#""nbf":2000000"#, "lobby", .player, 4033, "notYetValid"), (#""iss":"x""#, "lobby", .player, 4031, "otherIssuer"),
            (#""rights":["play"]"#, "lobby", .player, 4035, "lacksRight"),
        ] as [(String?, String, Role, UInt16, String)])
    func refuses(_ change: String?, _ room: String, _ role: Role, _ code: UInt16, _ reason: String) async throws {
        var ticket: [UInt8]?
        if let change {
            let parts = change.split(separator: ":", maxSplits: 1).map(String.init)
            let changes = parts.count == 2 ? [parts[0].replacing("\"", with: ""): parts[1]] : [:]
            ticket = try await Samples.sign(Samples.claims(changes))
        }
        let shown = ticket
        let harness = try await Self.harness()
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Self.hello(shown, room: room, role: role))
            _ = try client.readHead()
            guard case .close(let found, let sentence) = try client.next() else { throw RawClient.Failure(what: "no close") }
            #expect(found == code && sentence.count > 20)
        }
        #expect(harness.counters.values["ticket.\(reason)"] == 1)
        #expect(harness.hosting.admissions.isEmpty && harness.hosting.directory.count == 0)
    }

    @Test(
        "A ticket in the URL is refused before it is looked at, in both forms and however the URL is written",
        arguments: ["tickrelay.v1", "tickrelay.v1.json"], ["/?room=lobby&ticket=a.b.c", "//[?%74icket=a.b.c"])
    func inTheURL(_ subprotocol: String, _ target: String) async throws {
        let harness = try await Self.harness()
        let answer = try await harness.run { port -> String in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade(["Sec-WebSocket-Protocol": subprotocol], path: target))
            return try client.readAll()
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("ends up in logs") && !answer.contains("a.b.c"))
    }

    @Test(
        "No ticket and one that is not ours are failures of the client's address, also behind a proxy; one that has expired is none",
        arguments: [(nil, true), ("x.y.z", true), ("", false)] as [(String?, Bool)])
    func failures(_ text: String?, _ isFailure: Bool) async throws {
        let expired = try await Samples.sign(Samples.claims(["exp": "1"]))
        let ticket = text.map { $0.isEmpty ? expired : Array($0.utf8) }
        let policy = try await Samples.policy()
        let harness = try await FrontDoorHarness {
            ($0.access, $0.limits.failures) = (.tickets(policy), 2)
            $0.proxies.ranges = FrontDoorHarness.proxies
        }
        let last = try await harness.run { port in
            var last = ""
            for _ in 0..<4 {
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade(["X-Forwarded-For": "203.0.113.7"]) + Self.hello(ticket))
                last = try client.readHead()
                if last.contains(" 101 ") { _ = try client.next() }
            }
            return last
        }
        #expect(last.hasPrefix("HTTP/1.1 429 ") == isFailure, "\(last)")
    }

    @Test("Where too many tickets wait: 4011, when to come again, and a counter; no failure of anybody's")
    func queue() async throws {
        let policy = try await Samples.policy()
        let ticket = try await Samples.sign(Samples.claims())
        let harness = try await FrontDoorHarness(
            common: CommonBounds(desk: TicketDesk(maximumWaiting: 0), access: .tickets(policy), passwords: .forTests))
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Self.hello(ticket))
            _ = try client.readHead()
            let sentence = "Too many tickets wait to be looked at: try again later. (retry after 5000 ms)"
            #expect(try client.next() == .close(4011, sentence))
        }
        #expect(harness.counters.values["refusedTicketQueue"] == 1 && harness.counters.values["closed.relayFull"] == 1)
        #expect(harness.hosting.admissions.isEmpty && harness.hosting.directory.count == 0)
    }

    @Test("As many tickets wait as may, and each gives its place back")
    func waiting() async throws {
        let policy = try await Samples.policy()
        let ticket = try await Samples.sign(Samples.claims())
        let desk = TicketDesk(maximumWaiting: 3)
        let gate = Gate()
        async let held: Void = gate.hold(desk)
        while !gate.isHeld { await Task.yield() }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 { group.addTask { await desk.verify(ticket, by: policy, at: Samples.now) != nil } }
            for _ in 0..<7 { #expect(await group.next() == false, "over the bound nobody waits") }
            gate.open()
            for _ in 0..<3 { #expect(await group.next() == true) }
        }
        await held
        #expect(await desk.verify(ticket, by: policy, at: Samples.now) != nil)
    }

    @Test("Where access is open a ticket is not looked at")
    func open() async throws {
        let harness = try await FrontDoorHarness()
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Self.hello([0xFF]) + Sample.frame(.binary, [9]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([9]))
        }
        #expect(try #require(harness.hosting.admissions.first).identity == nil)
    }

    @Test("A rejoin needs its token and no ticket")
    func rejoin() async throws {
        let harness = try await Self.harness()
        let route = try harness.hosting.directory.reserve("red", newInstance: RoomInstance(high: 5, low: 6))
        let token = harness.mint.mint(RejoinToken(instance: route.instance, seat: SeatNumber(rawValue: 3), generation: 4))
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.rejoin("red", token: token) + Sample.frame(.binary, [5]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([5]))
        }
    }

    /// With the curve's key alone.
    private static func otherKeys() async throws -> FrontDoorSettings {
        var settings = FrontDoorSettings(
            listen: Endpoint(host: "127.0.0.1", port: 0), helloTimeout: 5000, messageBytes: 4096,
            allowedOrigins: AllowedOrigins(),
            descriptorLimit: 20_000)
        settings.access = .tickets(TicketPolicy(keys: try await Samples.keys(Samples.curve), issuer: "game", audience: "relay"))
        return settings
    }

    @Test(
        "Whoever connected before a key was removed does not enter by it afterwards",
        arguments: [(false, false), (false, true), (true, true)])
    func removedKey(_ wasOpen: Bool, _ isGuest: Bool) async throws {
        let harness = wasOpen ? try await FrontDoorHarness() : try await Self.harness()
        let (removed, settings) = (try await Samples.sign(Samples.claims()), try await Self.otherKeys())
        try await harness.run { port in
            let early = try RawClient(port: port)
            try early.send(Sample.upgrade(isGuest ? ["Sec-WebSocket-Protocol": nil] : [:]))
            _ = try early.readHead()
            if isGuest {
                try early.send(Sample.frame(.text, Array("ping".utf8)))
                #expect(try early.next() == .binary(Array("pong".utf8)))
            }
            harness.common.adopt(settings)
            let hello = #"{"join":"lobby","ticket":"\#(String(decoding: removed, as: UTF8.self))"}"#
            try early.send(isGuest ? Sample.frame(.text, Array(hello.utf8)) : Self.hello(removed))
            guard case .close(let code, _) = try early.next() else { throw RawClient.Failure(what: "it was let in") }
            #expect(code == 4031)
        }
        #expect(harness.hosting.admissions.isEmpty && harness.counters.values["ticket.unknownKey"] == 1)
    }

    @Test("Other keys apply to who connects from then on")
    func adopts() async throws {
        let harness = try await Self.harness()
        let settings = try await Self.otherKeys()
        let old = try await Samples.sign(Samples.claims())
        let new = try await Samples.sign(Samples.claims(), header: #"{"alg":"EdDSA","kid":"curve"}"#, by: Samples.privateCurve)
        await harness.adopt(settings)
        try await harness.run { port in
            for (ticket, isGood) in [(old, false), (new, true)] {
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade() + Self.hello(ticket) + Sample.frame(.binary, [9]))
                _ = try client.readHead()
                let item = try client.next()
                #expect((item == .binary([9])) == isGood, "\(item)")
            }
        }
        #expect(harness.counters.values["ticket.unknownKey"] == 1)
    }
}

/// Holds a desk up, as a ticket does that takes long.
private final class Gate: Sendable {
    private let held = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    var isHeld: Bool { self.held.load(ordering: .acquiring) }
    func open() { self.semaphore.signal() }

    /// Occupies the desk until ``open()``, half a minute at most.
    func hold(_ desk: isolated TicketDesk) {
        self.held.store(true, ordering: .releasing)
        _ = self.semaphore.wait(timeout: .now() + 30)
    }
}
