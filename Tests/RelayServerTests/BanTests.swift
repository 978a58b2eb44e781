import RelayServer
import Synchronization
import Testing

/// A file that is only pretended, and can fail.
private final class PretendedFile: Sendable {
    struct DiskFull: Error {}
    let content = Mutex<[UInt8]?>(nil)
    let isFull = Mutex(false)

    var file: BanFile {
        BanFile(
            load: { self.content.withLock { $0 } },
            replace: { bytes in
                if self.isFull.withLock({ $0 }) { throw DiskFull() }
                self.content.withLock { $0 = bytes }
            })
    }
}

@Suite("Bans")
struct BanTests {
    private static func ban(
        _ subject: Ban.Subject, room: String? = nil, made: Int64 = 1000, until: Int64 = 2000, reason: String? = nil
    ) -> Ban {
        Ban(id: 0, subject, room: room, made: made, until: until, by: "token", reason: reason)
    }

    private static func range(_ text: String) throws -> Ban.Subject { .address(try #require(AddressRange(text))) }

    struct Case: Sendable {
        var player: String?
        var address: String?
        var room: String
        var at: Int64
        var isBanned: Bool
        init(_ player: String?, _ address: String?, in room: String, at: Int64 = 1500, _ isBanned: Bool) {
            (self.player, self.address, self.room, self.at, self.isBanned) = (player, address, room, at, isBanned)
        }
    }

    @Test(
        "Who is named is kept out where the ban counts and until it ends; nobody else is",
        arguments: [
            Case("u-1", nil, in: "duel", true), Case("u-1", nil, in: "other", false), Case("u-2", nil, in: "duel", false),
            Case(nil, nil, in: "duel", false), Case("u-1", nil, in: "duel", at: 1999, true),
            Case("u-1", nil, in: "duel", at: 2000, false), Case("u-9", "192.0.2.1", in: "anywhere", true),
            Case(nil, "192.0.2.255", in: "duel", true), Case(nil, "192.0.3.1", in: "duel", false),
            Case(nil, "2001:db8::7", in: "duel", true), Case(nil, "2001:db8:0:1::7", in: "duel", false),
            // The same to Unicode, another room by its bytes.
            Case("u-3", nil, in: "caf\u{E9}", true), Case("u-3", nil, in: "cafe\u{301}", false),
        ])
    func counts(_ row: Case) throws {
        let bans = BanList()
        _ = try bans.add(Self.ban(.player("u-1"), room: "duel"))
        _ = try bans.add(Self.ban(.player("u-3"), room: "caf\u{E9}"))
        _ = try bans.add(Self.ban(try Self.range("192.0.2.0/24")))
        _ = try bans.add(Self.ban(try Self.range("2001:db8::/64"), room: "duel"))
        let address = row.address.flatMap { IPAddress($0) }
        #expect((bans.ban(of: row.player, address, in: row.room, at: row.at) != nil) == row.isBanned)
    }

    @Test("Bans outlive the list, with their numbers; ended ones count no more, and no number is given twice")
    func file() throws {
        let pretended = PretendedFile()
        let bans = BanList(pretended.file)
        _ = try bans.add(Self.ban(.player("short"), until: 1100))
        _ = try bans.add(Self.ban(try Self.range("192.0.2.7"), room: "duel", reason: "spam \"and\" more\n"))
        _ = try bans.add(Self.ban(.player("third")))
        _ = try #require(try bans.lift(3, at: 1050))
        let next = BanList(pretended.file)
        try next.restore()
        #expect(next.all(at: 1050) == bans.all(at: 1050) && next.all(at: 1050).map(\.id) == [2, 1])
        let added = try next.add(Self.ban(.player("new"), made: 1200))
        #expect(added.id == 4 && next.all(at: 1200).map(\.id) == [4, 2])
        #expect(try next.lift(2, at: 1300)?.reason == "spam \"and\" more\n" && next.lift(2, at: 1300) == nil)
    }

    @Test("A clock that was wrong for a while loses no ban; what ended a day ago is dropped")
    func wrongClock() throws {
        let bans = BanList()
        let ban = try bans.add(Self.ban(.player("u"), made: 1000, until: 90_000))
        _ = try bans.add(Self.ban(.player("by a clock that is ahead"), made: 100_000, until: 200_000))
        #expect(bans.ban(of: "u", nil, in: "any", at: 2000) == ban)
        _ = try bans.add(Self.ban(.player("a day later"), made: 90_000 + 86_400, until: 200_000))
        #expect(bans.ban(of: "u", nil, in: "any", at: 2000) == nil)
    }

    @Test("What could not be saved has not happened")
    func diskFull() throws {
        let pretended = PretendedFile()
        let bans = BanList(pretended.file)
        let kept = try bans.add(Self.ban(.player("kept")))
        pretended.isFull.withLock { $0 = true }
        #expect(throws: BanList.Refusal.self) { try bans.add(Self.ban(.player("new"))) }
        #expect(throws: BanList.Refusal.self) { try bans.lift(kept.id, at: 1500) }
        #expect(bans.all(at: 1500) == [kept])
    }

    @Test("More bans than may be are refused, until some have ended")
    func bound() throws {
        let bans = BanList()
        for number in 0..<BanList.maximum { _ = try bans.add(Self.ban(.player("u-\(number)"))) }
        #expect(throws: BanList.Refusal.tooMany) { try bans.add(Self.ban(.player("one more"))) }
        #expect(try bans.add(Self.ban(.player("later"), made: 2000, until: 3000)).id == UInt64(BanList.maximum) + 1)
        #expect(bans.all(at: 1500).count == 1)
    }

    @Test(
        "A damaged file gives no bans, and says so",
        arguments: [
            "", "{}", "[]", #"{"version":2,"nextID":1,"bans":[]}"#,
            #"{"version":1,"nextID":1,"bans":[{"id":1,"player":"a","made":1,"until":2,"by":"token"}]}"#,
            #"{"version":1,"nextID":2,"bans":[{"id":1,"made":1,"until":2,"by":"token"}]}"#,
            #"{"version":1,"nextID":2,"bans":[{"id":1,"address":"nowhere","made":1,"until":2,"by":"token"}]}"#,
            #"{"version":1,"nextID":2,"bans":[{"id":1,"player":"a","address":"192.0.2.1","made":1,"until":2,"by":"token"}]}"#,
        ])
    func damaged(text: String) {
        let pretended = PretendedFile()
        pretended.content.withLock { $0 = Array(text.utf8) }
        let bans = BanList(pretended.file)
        #expect(throws: (any Error).self) { try bans.restore() }
        #expect(bans.all(at: 0).isEmpty)
    }

    @Test(
        "The address of a peer is read back from what the log and /stats say",
        arguments: [
            ("192.0.2.1:4711", "192.0.2.1"), ("192.0.2.1", "192.0.2.1"), ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"), ("local", nil), ("", nil), (":1", nil), ("[]:1", nil), ("a:1", nil),
        ] as [(String, String?)])
    func peers(text: String, address: String?) {
        #expect(IPAddress(ofPeer: text).map { "\($0)" } == address)
    }
}
