import NIOCore
import RelayServer
import Testing

@Suite("Limits by address")
struct AddressTableTests {
    static let second: UInt64 = 1_000_000_000

    private func block(_ text: String) throws -> AddressBlock {
        try #require(ClientAddress(try SocketAddress(ipAddress: text, port: 1)).block)
    }

    @Test(
        "An address has as many places of a kind as it may, others have theirs, and a place comes back with its last owner",
        arguments: AddressHold.Kind.allCases)
    func places(_ kind: AddressHold.Kind) throws {
        var limits = AddressLimits()
        (limits.connections, limits.handshakes, limits.rooms) = (2, 2, 2)
        let table = AddressTable(limits)
        let (school, neighbour) = (try self.block("192.0.2.1"), try self.block("192.0.2.2"))
        var first = table.take(kind, by: school).hold
        let second = table.take(kind, by: school).hold
        #expect(first != nil && second != nil)
        #expect(table.take(kind, by: school).isRefused && table.isFull(kind, of: school))
        #expect(!table.take(kind, by: neighbour).isRefused)
        for other in AddressHold.Kind.allCases where other != kind { #expect(!table.take(other, by: school).isRefused) }
        first = nil
        #expect(!table.isFull(kind, of: school))
        withExtendedLifetime(second) {}
    }

    @Test("An IPv6 /64 is one address")
    func prefixes() throws {
        var limits = AddressLimits()
        limits.connections = 1
        let table = AddressTable(limits)
        let first = table.take(.connection, by: try self.block("2001:db8:0:1::1"))
        #expect(table.take(.connection, by: try self.block("2001:db8:0:1:ffff::2")).isRefused)
        #expect(!table.take(.connection, by: try self.block("2001:db8:0:2::1")).isRefused)
        withExtendedLifetime(first) {}
    }

    @Test("Who is exempt has no limits, and leaves no trace")
    func exempt() {
        let table = AddressTable()
        for _ in 0..<5000 {
            #expect(!table.take(.connection, by: nil).isRefused)
            #expect(table.join(by: nil, at: 0) == nil)
            table.fail(by: nil, at: 0)
        }
        #expect(table.failureWait(of: nil, at: 0) == nil)
        #expect(table.counts == (0, 0, 0))
    }

    @Test("Joins: a burst of a minute's number, then one at a time; the wait that is told is enough")
    func joins() throws {
        var limits = AddressLimits()
        limits.joins = 60
        let (table, school) = (AddressTable(limits), try self.block("192.0.2.1"))
        var now = 5 * Self.second
        for _ in 0..<60 { #expect(table.join(by: school, at: now) == nil) }
        let wait = try #require(table.join(by: school, at: now))
        #expect((1...1001).contains(wait))
        #expect(table.join(by: try self.block("192.0.2.2"), at: now) == nil)
        now += UInt64(wait) * 1_000_000
        #expect(table.join(by: school, at: now) == nil)
        #expect(table.join(by: school, at: now) != nil)
        now += 60 * Self.second
        for _ in 0..<60 { #expect(table.join(by: school, at: now) == nil) }
        #expect(table.join(by: school, at: now) != nil)
    }

    @Test("Failures slow an address down, and no ban outlasts them")
    func failures() throws {
        var limits = AddressLimits()
        limits.failures = 10
        let (table, school) = (AddressTable(limits), try self.block("192.0.2.1"))
        for _ in 0..<10 {
            #expect(table.failureWait(of: school, at: 0) == nil)
            table.fail(by: school, at: 0)
        }
        #expect(table.failureWait(of: school, at: 0) != nil)
        for _ in 0..<1000 { table.fail(by: school, at: 0) }
        #expect(table.failureWait(of: school, at: 0).map { $0 <= 6001 } == true, "a flood prolongs nothing")
        #expect(table.failureWait(of: school, at: 7 * Self.second) == nil)
        #expect(table.failureWait(of: try self.block("192.0.2.2"), at: 0) == nil)
    }

    @Test("A flood from many addresses is remembered up to a bound, and what is over is forgotten")
    func memory() throws {
        let table = AddressTable()
        for number in 0..<(5 * AddressTable.generation) as Range<Int> {
            let address = "2001:db8:\(String(number >> 8, radix: 16)):\(String(number & 255, radix: 16))::1"
            table.fail(by: try self.block(address), at: 0)
        }
        #expect(table.counts.remembered <= 2 * AddressTable.generation)
        let one = try self.block("192.0.2.1")
        table.fail(by: one, at: 61 * Self.second)
        table.fail(by: one, at: 122 * Self.second)
        #expect(table.counts.remembered == 1, "a budget that is full again is no longer kept")
    }

    @Test("Addresses that gave their places back are cleared away; those that have one are not")
    func clearing() throws {
        let table = AddressTable()
        let kept = try (0..<100).map { table.take(.connection, by: try self.block("192.0.2.\($0)")) }
        for number in 0..<8000 { _ = table.take(.handshake, by: try self.block("10.0.\(number >> 8).\(number & 255)")) }
        #expect(table.counts.open == 100)
        #expect(table.counts.known <= AddressTable.fewest)
        withExtendedLifetime(kept) {}
    }

    @Test("Operators are told once in an interval, and what one counter has to say hides no other")
    func telling() {
        let table = AddressTable()
        #expect(table.mayTell(of: .connectionsPerAddress, every: 1, at: Self.second))
        #expect(!table.mayTell(of: .connectionsPerAddress, every: 1, at: 2 * Self.second - 1))
        #expect(table.mayTell(of: .roomsPerAddress, every: 1, at: Self.second))
        #expect(table.mayTell(of: .connectionsPerAddress, every: 1, at: 2 * Self.second))
        #expect(table.mayTell(of: .forwardedUnbelieved, every: 60, at: 2 * Self.second))
        #expect(!table.mayTell(of: .forwardedUnbelieved, every: 60, at: 61 * Self.second))
        #expect(table.mayTell(of: .forwardedUnbelieved, every: 60, at: 62 * Self.second))
    }

    @Test("New limits hold for what is asked from then on")
    func adopts() throws {
        let (table, school) = (AddressTable(), try self.block("192.0.2.1"))
        let places = (0..<3).map { _ in table.take(.room, by: school) }
        var limits = AddressLimits()
        limits.rooms = 3
        table.adopt(limits)
        #expect(table.take(.room, by: school).isRefused)
        withExtendedLifetime(places) {}
    }
}
