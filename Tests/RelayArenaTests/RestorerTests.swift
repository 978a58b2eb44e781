import Foundation
import Logging
import RelayArena
import RelayCore
import RelayHosting
import RelayJournal
import RelayWire
import Testing

/// A state directory of its own, and rooms written into it as an arena would.
private final class Scratch {
    let directory: StateDirectory
    let path = NSTemporaryDirectory() + "tickrelay-restorer-\(UUID().uuidString)"
    private var epoch: UInt64 = 100

    init() throws { self.directory = try StateDirectory(self.path) }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    /// A room that has run `ticks` ticks with a player, and its file.
    func write(_ name: String, instance: UInt64 = 1, ticks: UInt64 = 3, segmentBytes: Int = 32 << 10, rate: UInt64 = 30) throws {
        let header = JournalHeader(room: name, instance: RoomInstance(high: 0, low: instance), rate: rate)
        let file = try JournalFile.make(
            at: self.directory.file(of: header.instance, segmentBytes: segmentBytes), header, segmentBytes: segmentBytes)
        var room = Room(configuration: RoomConfiguration(), instance: header.instance, tick: Tick(rawValue: 1))
        room.take(.join(.player, ConnectionID(rawValue: 1), at: .zero))
        for tick in 2..<2 + ticks { room.take(.tick(Tick(rawValue: tick), now: .zero, liveness: .zero)) }
        var writer = WireWriter()
        room.encodeSnapshot(into: &writer)
        let isCommitted = file.journal.begin(writer.payload, tick: room.currentTick.rawValue)
        #expect(isCommitted)
    }

    func restore(maximumRooms: Int = 10, _ room: RoomConfiguration = RoomConfiguration()) throws -> [RestoredRoom] {
        var configuration = HostingConfiguration()
        (configuration.maximumRooms, configuration.types.standard.room) = (maximumRooms, room)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let restorer = RoomRestorer(
            self.directory, configuration,
            newEpoch: {
                self.epoch += 1
                return self.epoch
            }, logger: logger
        )
        return try restorer.restoreAll()
    }

    func count(_ suffix: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: self.path).count { $0.hasSuffix(suffix) }
    }
}

@Suite("Restoring rooms")
struct RestorerTests {
    @Test("A room comes back with its seats, its rate and a new epoch, again and again")
    func restores() throws {
        let scratch = try Scratch()
        try scratch.write("lobby", rate: 60)
        for round in UInt64(1)...3 {
            let restored = try #require(try scratch.restore().first)
            #expect(restored.name == "lobby" && restored.seated == 1 && restored.deaths == 0)
            let room = restored.takeRoom()
            #expect(room.epoch == 100 + round && room.configuration.rate == 60)
            #expect(room.currentTick == Tick(rawValue: 4 + round))
            #expect(room.rosterRows.map(\.state) == [.away])
        }
    }

    @Test(
        "A room that ticks more slowly than this relay's new ones is waited for at its own pace",
        arguments: [(1, 1000, 2100, 3000), (4, 250, 600, 750), (30, 100, 501, 501)] as [(UInt64, UInt64, UInt64, UInt64)]
    )
    func slowRooms(_ rate: UInt64, _ heartbeat: UInt64, _ stallAfter: UInt64, _ giveUpAfter: UInt64) throws {
        let scratch = try Scratch()
        try scratch.write("slow", rate: rate)
        var hasty = RoomConfiguration()
        (hasty.heartbeatInterval, hasty.maximumAckDelay) = (100_000_000, 100_000_000)
        (hasty.stallAfter, hasty.giveUpAfter) = (501_000_000, 501_000_000)
        let room = try #require(try scratch.restore(hasty).first).takeRoom()
        let timing = room.configuration.timing
        #expect(room.configuration.rate == rate && timing.heartbeatInterval == heartbeat && timing.maximumAckDelay == 100)
        #expect(timing.stallAfter == stallAfter && timing.giveUpAfter == giveUpAfter)
    }

    @Test("A room that the process dies of is restored once more, and then set aside")
    func quarantine() throws {
        let scratch = try Scratch()
        try scratch.write("poison")
        try scratch.write("healthy", instance: 2)
        for deaths in 0...1 {
            let rooms = try scratch.restore()
            #expect(rooms.count == 2)
            let poison = try #require(rooms.first { $0.name == "poison" })
            #expect(poison.deaths == deaths)
            poison.file?.journal.beginTick()  // and it never ends
        }
        #expect(try scratch.restore().map(\.name) == ["healthy"])
        #expect(try scratch.count(".aside") == 1 && scratch.count(".room") == 1)
    }

    @Test("Of two files of one room the one that is further on counts: it died while it changed to a larger one")
    func twoFiles() throws {
        let scratch = try Scratch()
        try scratch.write("growing", ticks: 5)
        try scratch.write("growing", ticks: 6, segmentBytes: 64 << 10)
        #expect(try scratch.restore().map { $0.takeRoom().currentTick.rawValue } == [8])
        #expect(try scratch.count("-64k.room") == 1 && scratch.count(".room") == 1)
    }

    @Test("Of two rooms of one name, and of more than there may be, some go")
    func tooMany() throws {
        let scratch = try Scratch()
        for instance in UInt64(1)...4 { try scratch.write("room \(instance / 2)", instance: instance, ticks: instance) }
        #expect(try scratch.restore().map(\.name) == ["room 0", "room 1", "room 2"])
        #expect(try scratch.restore(maximumRooms: 2).count == 2)
        // A bound that was set too low by mistake destroys nothing.
        #expect(try scratch.count(".room") == 2 && scratch.count(".aside") == 2)
    }

    @Test("A pipe in the place of a room does not make the start wait")
    func pipe() throws {
        let scratch = try Scratch()
        try scratch.write("healthy")
        #expect(mkfifo("\(scratch.path)/0-32k.room", 0o600) == 0)
        #expect(try scratch.restore().map(\.name) == ["healthy"])
        #expect(try scratch.count(".aside") == 1)
    }

    @Test("A file that nothing was committed to is removed without a word")
    func unwritten() throws {
        let scratch = try Scratch()
        let header = JournalHeader(room: "new", instance: RoomInstance(high: 0, low: 1), rate: 30)
        _ = try JournalFile.make(at: scratch.directory.file(of: header.instance, segmentBytes: 4096), header, segmentBytes: 4096)
        #expect(try scratch.restore().isEmpty)
        #expect(try scratch.count(".room") == 0 && scratch.count(".aside") == 0)
    }
}
