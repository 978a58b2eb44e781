import HTTPTypes
import Logging
import NIOCore
import RelayHosting
import RelayServer
import RelayWire
import Synchronization
import Testing

@Suite("What operators do")
struct RoomActsTests {
    private let hosting = EchoHosting()
    private let bans = BanList()
    private let counters = FrontDoorCounters()
    private let audit = AuditLines()
    private let ann = Operator(.token, from: .local)
    private var acts: RoomActs {
        RoomActs(
            hosting: self.hosting, bans: self.bans, counters: self.counters,
            logger: Logger(label: "test", factory: { _ in AuditHandler(lines: self.audit) }), unixTime: { 1000 },
            newInstance: { RoomInstance(high: 1, low: 2) })
    }

    private static func occupant(
        _ room: String, _ seat: UInt16, player: String? = nil, peer: String? = nil, generation: UInt64 = 1
    ) -> SeatOccupant {
        SeatOccupant(
            room: room, instance: "i-\(room)", seat: seat, generation: generation, role: "player",
            state: peer == nil ? "away" : "live", player: player,
            peer: peer, firstGeneration: generation)
    }

    private func seat(_ occupants: [SeatOccupant]) { self.hosting.seated.withLock { $0 = occupants } }
    private var seated: [SeatOccupant] { self.hosting.seated.withLock { $0 } }

    private static func request<Request: ActRequest>(_ text: String, as: Request.Type = Request.self) throws(RefusedAct)
        -> Request
    {
        try Request(body: ByteBuffer(string: text))
    }

    // MARK: Requests

    @Test(
        "A body that is not what is asked for is refused with a sentence",
        arguments: [
            "", "[]", "null", "{", #"{"room":"a"}"#, #"{"room":"a","seat":"2"}"#, #"{"room":"a","seat":-1}"#,
            #"{"room":"a","seat":65536}"#, #"{"room":"","seat":1}"#, #"{"room":"a","seat":1,"sea":2}"#,
            #"{"room":"a","seat":1.5}"#, #"{"room":"a","seat":1,"generation":-1}"#,
            #"{"room":"a","seat":1,"reason":"\#(String(repeating: "\u{E9}", count: 201))"}"#,
            #"{"room":"\#(String(repeating: "r", count: 65))","seat":1}"#,
        ])
    func mistakes(text: String) {
        let refused = #expect(throws: RefusedAct.self) { try Self.request(text, as: KickRequest.self) }
        #expect(refused?.status == .badRequest && refused?.sentence.hasSuffix(".") == true)
    }

    @Test(
        "A ban names one subject, lasts, and takes what belongs to its form",
        arguments: [
            (#"{"seconds":60,"room":"a","seat":1}"#, true), (#"{"seconds":60,"player":"u"}"#, true),
            (#"{"seconds":60,"player":"u","room":"a"}"#, true), (#"{"seconds":315360000,"address":"192.0.2.0/24"}"#, true),
            (#"{"seconds":60,"room":"a","seat":1,"everywhere":true,"shared":true,"generation":4,"reason":"r"}"#, true),
            (#"{"seconds":0,"player":"u"}"#, false), (#"{"seconds":315360001,"player":"u"}"#, false),
            (#"{"player":"u"}"#, false), (#"{"seconds":60}"#, false), (#"{"seconds":60,"seat":1}"#, false),
            (#"{"seconds":60,"room":"a"}"#, false), (#"{"seconds":60,"player":"u","address":"192.0.2.1"}"#, false),
            (#"{"seconds":60,"player":"u","everywhere":true}"#, false), (#"{"seconds":60,"address":"192.0.2.1/24"}"#, false),
            (#"{"seconds":60,"player":""}"#, false), (#"{"seconds":9223372036854775807,"player":"u"}"#, false),
            (#"{"seconds":99999999999999999999,"player":"u"}"#, false),
        ])
    func bans(text: String, isGood: Bool) {
        let request = try? Self.request(text, as: BanRequest.self)
        #expect((request != nil) == isGood)
    }

    // MARK: Acts

    @Test("A kick takes the seat that is meant, says whose it was, and is audited")
    func kick() async throws {
        self.seat([Self.occupant("duel", 1, peer: "192.0.2.1:1"), Self.occupant("duel", 2, player: "u-2", peer: "192.0.2.2:1")])
        let kicked = try await self.acts.kick(
            try Self.request(#"{"room":"duel","seat":2,"generation":1,"reason":"spam\u001b"}"#), by: self.ann)
        #expect(kicked.kicked.map(\.player) == ["u-2"] && self.seated.map(\.seat) == [1])
        #expect(
            self.audit.taken == [
                "operator: kicked by=token from=local generation=1 peer=192.0.2.2:1 player=u-2 reason=spam\\u{1b} room=duel seat=2"
            ])
    }

    @Test("Nobody is kicked in place of who has gone")
    func lateKick() async throws {
        self.seat([Self.occupant("duel", 2, peer: "192.0.2.2:1", generation: 7)])
        for (text, status) in [
            (#"{"room":"duel","seat":2,"generation":6}"#, .conflict), (#"{"room":"duel","seat":2,"generation":8}"#, .conflict),
            (#"{"room":"duel","seat":2,"instance":"i-else"}"#, .conflict), (#"{"room":"duel","seat":3}"#, .notFound),
            (#"{"room":"else","seat":2}"#, .notFound),
        ] as [(String, HTTPResponse.Status)] {
            let refused = await #expect(throws: RefusedAct.self) {
                try await self.acts.kick(try Self.request(text), by: self.ann)
            }
            #expect(refused?.status == status)
        }
        #expect(self.seated.count == 1 && self.counters.values["actsRefused"] == 5)
        #expect(self.audit.taken.count == 5 && self.audit.taken.allSatisfy { $0.hasPrefix("operator: refused: kick: ") })
    }

    @Test("What a thread that hangs may still do is not said to be undone, and nobody is banned on a guess")
    func silence() async throws {
        self.seat([Self.occupant("duel", 1, peer: "192.0.2.1:1")])
        self.hosting.isSilent.withLock { $0 = true }
        var refused: [HTTPResponse.Status] = []
        do throws(RefusedAct) {
            _ = try await self.acts.kick(try Self.request(#"{"room":"duel","seat":1}"#), by: self.ann)
        } catch { refused.append(error.status) }
        do throws(RefusedAct) {
            _ = try await self.acts.close(try Self.request(#"{"room":"duel"}"#), by: self.ann)
        } catch { refused.append(error.status) }
        do throws(RefusedAct) {
            _ = try await self.acts.ban(try Self.request(#"{"seconds":60,"room":"duel","seat":1}"#), by: self.ann)
        } catch { refused.append(error.status) }
        #expect(refused == [.gatewayTimeout, .gatewayTimeout, .gatewayTimeout] && self.bans.all(at: 1000).isEmpty)
        let banned = try await self.acts.ban(try Self.request(#"{"seconds":60,"player":"u-1"}"#), by: self.ann)
        #expect(banned.kicked.isEmpty && self.bans.all(at: 1000) == [banned.ban])
    }

    @Test("A room is closed once, and not in place of another of its name")
    func close() async throws {
        self.seat([Self.occupant("duel", 1), Self.occupant("duel", 2), Self.occupant("else", 1)])
        let other = await #expect(throws: RefusedAct.self) {
            try await self.acts.close(try Self.request(#"{"room":"duel","instance":"i-else"}"#), by: self.ann)
        }
        #expect(other?.status == .conflict && self.seated.count == 3)
        let gone = await #expect(throws: RefusedAct.self) {
            try await self.acts.close(try Self.request(#"{"room":"nowhere","instance":"i-else"}"#), by: self.ann)
        }
        #expect(gone?.status == .notFound)
        #expect(try await self.acts.close(try Self.request(#"{"room":"duel"}"#), by: self.ann).closed.seats == 2)
        let refused = await #expect(throws: RefusedAct.self) {
            try await self.acts.close(try Self.request(#"{"room":"duel"}"#), by: self.ann)
        }
        #expect(refused?.status == .notFound && self.seated.map(\.room) == ["else"])
    }

    struct BanBySeat: Sendable {
        var name: String
        var extra: String
        var subject: String?
        var kicked: [String]
        init(_ name: String, seat: Int, _ extra: String = "", subject: String?, kicked: [String] = []) {
            (self.name, self.subject, self.kicked) = (name, subject, kicked)
            self.extra = #"{"seconds":60,"room":"duel","seat":\#(seat)\#(extra)}"#
        }
    }

    @Test(
        "A ban by seat is by ticket's player, else by an address that nobody shares, unless all are meant",
        arguments: [
            BanBySeat("with a ticket", seat: 1, subject: "u-1", kicked: ["duel 1"]),
            BanBySeat("everywhere", seat: 1, #","everywhere":true"#, subject: "u-1", kicked: ["duel 1", "else 1"]),
            BanBySeat("alone in its room", seat: 2, subject: "192.0.2.2/32", kicked: ["duel 2"]),
            BanBySeat("shared elsewhere", seat: 2, #","everywhere":true"#, subject: nil),
            BanBySeat("shared in its room", seat: 3, subject: nil),
            BanBySeat("shared and meant", seat: 3, #","shared":true"#, subject: "2001:db8::/64", kicked: ["duel 3", "duel 4"]),
            BanBySeat("away without a ticket", seat: 5, subject: nil),
            BanBySeat("of this machine", seat: 6, subject: nil),
            BanBySeat("vacant", seat: 9, subject: nil),
        ])
    func banBySeat(_ row: BanBySeat) async throws {
        self.seat([
            Self.occupant("duel", 1, player: "u-1", peer: "192.0.2.1:1"), Self.occupant("else", 1, player: "u-1"),
            Self.occupant("duel", 2, peer: "192.0.2.2:1"), Self.occupant("else", 2, peer: "192.0.2.2:2"),
            Self.occupant("duel", 3, peer: "[2001:db8::1]:1"), Self.occupant("duel", 4, peer: "[2001:db8::2]:1"),
            Self.occupant("duel", 5), Self.occupant("duel", 6, peer: "127.0.0.1:5"),
        ])
        let before = self.seated.count
        let banned = try? await self.acts.ban(try Self.request(row.extra), by: self.ann)
        let subject = banned.map { banned in
            switch banned.ban.subject {
            case .player(let player): player
            case .address(let range): "\(range)"
            }
        }
        #expect(subject == row.subject)
        #expect(banned?.kicked.map { "\($0.room) \($0.seat)" } ?? [] == row.kicked)
        #expect(self.seated.count == before - row.kicked.count)
        #expect(self.bans.all(at: 1000).count == (row.subject == nil ? 0 : 1))
    }

    @Test("Who was banned when the process ended is kicked from what is restored, and nobody else")
    func enforceAll() async throws {
        _ = try await self.acts.ban(try Self.request(#"{"seconds":60,"player":"u-1","room":"duel"}"#), by: self.ann)
        self.seat([
            Self.occupant("duel", 1, player: "u-1"), Self.occupant("else", 1, player: "u-1"),
            Self.occupant("duel", 2, player: "u-2"),
            Self.occupant("duel", 3),
        ])
        await self.acts.enforceAll()
        #expect(self.seated.map { "\($0.room) \($0.seat)" } == ["else 1", "duel 2", "duel 3"])
    }

    @Test("A ban that is lifted counts no more, and is lifted once")
    func lift() async throws {
        let ban = try await self.acts.ban(try Self.request(#"{"seconds":60,"player":"u-1"}"#), by: self.ann).ban
        #expect(self.bans.ban(of: "u-1", nil, in: "any", at: 1000) == ban)
        _ = try await self.acts.lift(ban.id, by: self.ann)
        #expect(self.bans.ban(of: "u-1", nil, in: "any", at: 1000) == nil)
        await #expect(throws: RefusedAct.self) { try await self.acts.lift(ban.id, by: self.ann) }
        #expect(self.counters.values["bansMade"] == 1 && self.counters.values["bansLifted"] == 1)
    }
}

/// The lines of a log, each with its metadata in order.
private final class AuditLines: Sendable {
    private let lines = Mutex<[String]>([])
    var taken: [String] { self.lines.withLock { $0 } }
    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
}

private struct AuditHandler: LogHandler {
    let lines: AuditLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice
    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        self.lines.add("\(event.message) \(words.joined(separator: " "))")
    }
}
