import RelayServer
import Testing

@Suite("Connections that heartbeat without a hello")
struct HeartbeatGuestsTests {
    private static func block(_ number: Int) -> AddressBlock? {
        IPAddress("10.0.\(number / 256).\(number % 256)").flatMap { ClientAddress.internet($0, port: 0).block }
    }

    @Test("There are so many of one address, and others again when they have gone; loopback is exempt")
    func byAddress() {
        let guests = HeartbeatGuests()
        for _ in 0..<HeartbeatGuests.perAddress { #expect(guests.enter(from: Self.block(1))) }
        #expect(!guests.enter(from: Self.block(1)))
        #expect(guests.enter(from: Self.block(2)))
        for _ in 0...HeartbeatGuests.perAddress { #expect(guests.enter(from: nil)) }
        guests.leave(from: Self.block(1))
        #expect(guests.enter(from: Self.block(1)) && !guests.enter(from: Self.block(1)))
    }

    @Test("There are so many in all, whatever their addresses")
    func inAll() {
        let guests = HeartbeatGuests()
        for number in 0..<HeartbeatGuests.maximum {
            #expect(guests.enter(from: number.isMultiple(of: 2) ? nil : Self.block(number)))
        }
        #expect(!guests.enter(from: nil) && !guests.enter(from: Self.block(1)))
        guests.leave(from: nil)
        #expect(guests.enter(from: Self.block(5000)))
    }
}
