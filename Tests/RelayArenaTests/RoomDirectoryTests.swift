import RelayArena
import RelayHosting
import RelayWire
import Testing

@Suite("Where rooms live")
struct RoomDirectoryTests {
    private let directory = RoomDirectory(threads: 2, maximumRooms: 2)

    private func reserve(_ name: String, _ instance: UInt64) throws -> RoomRoute {
        try self.directory.reserve(name, newInstance: RoomInstance(high: 0, low: instance))
    }

    @Test("A room that was never made goes with its last reservation, and its name and its place are free")
    func neverMade() throws {
        for round in 0..<3 as Range<UInt64> {
            let first = try self.reserve("red", 2 * round)
            let second = try self.reserve("red", 2 * round + 1)
            #expect(first == second && first.instance.low == 2 * round)
            let other = try self.reserve("blue", 100)
            #expect(other.thread != first.thread, "threads have as many rooms, whatever came to nothing")
            #expect(throws: PlacementRefusal.relayFull) { try self.reserve("green", 200) }
            self.directory.release(first)
            #expect(self.directory.knows(second))
            self.directory.release(second)
            self.directory.release(other)
            #expect(self.directory.count == 0)
        }
    }

    @Test("A room that was made stays until it is closed, and does not close while somebody is on the way")
    func made() throws {
        let route = try self.reserve("red", 1)
        self.directory.made(route)
        #expect(!self.directory.close(route))
        self.directory.release(route)
        #expect(self.directory.knows(route))
        let again = try self.reserve("red", 2)
        #expect(again == route && !self.directory.close(route))
        self.directory.release(again)
        #expect(self.directory.close(route) && self.directory.count == 0)
    }

    @Test("A restored room is there without anybody on the way to it")
    func restored() throws {
        let route = try #require(self.directory.insert("red", RoomInstance(high: 0, low: 1)))
        #expect(self.directory.insert("red", RoomInstance(high: 0, low: 2)) == nil)
        self.directory.release(try self.directory.reserve("red", instance: route.instance))
        #expect(self.directory.knows(route))
        self.directory.remove(route)
        self.directory.remove(route)
        #expect(self.directory.count == 0)
    }

    @Test("What an old route gives back does not touch the room that has its name now")
    func oldRoutes() throws {
        let old = try self.reserve("red", 1)
        self.directory.made(old)
        self.directory.remove(old)
        let new = try self.reserve("red", 2)
        self.directory.release(old)
        self.directory.made(old)
        #expect(self.directory.close(old) && self.directory.knows(new))
        self.directory.release(new)
        #expect(self.directory.count == 0)
    }
}
