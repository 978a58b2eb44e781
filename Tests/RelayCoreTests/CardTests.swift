import RelayCore
import RelayWire
import Testing

@Suite("The room's card")
struct CardTests {
    @Test(
        "The card is the host's alone, by compare and set, whatever roomWrites says",
        arguments: RoomWrites.allCases)
    func cardIsTheHosts(_ writes: RoomWrites) {
        let harness = RoomHarness { $0.roomWrites = writes }
        let (host, guest) = (harness.join(), harness.join())
        harness.tick(2)
        #expect(harness.results(of: guest, .compare(.card, "map", expected: .null, new: .string("dust"))) == [.notOwner])
        #expect(harness.results(of: host, .set(.card, "map", .string("dust"))) == [.compareAndSetOnly])
        #expect(harness.results(of: host, .compare(.card, "map", expected: .null, new: .string("dust"))) == [.succeeded])
        #expect(harness.results(of: host, .remove(.card)) == [.compareAndSetOnly])
        #expect(harness.results(of: guest, .remove(.card)) == [.notOwner])
        #expect(harness.room.value(.card, "map") == .string("dust"))
        #expect(harness.room.listing.properties == [CardField("map", .string("dust"))])
    }

    static let values: [(String, Value, ResultCode)] = [
        ("listed", .bool(true), .succeeded), ("listed", .integer(1), .wrongType), ("locked", .null, .succeeded),
        ("seats", .integer(1), .succeeded), ("seats", .integer(0), .outOfRange), ("seats", .integer(1024), .outOfRange),
        ("seats", .float(4), .wrongType), ("spectators", .integer(0), .succeeded), ("spectators", .integer(-1), .outOfRange),
        ("password", .bool(false), .notOwner), ("password", .null, .notOwner),
        ("p", .string(String(repeating: "x", count: 64)), .succeeded),
        ("p", .string(String(repeating: "x", count: 65)), .wrongType), ("p", .bytes([1]), .wrongType),
        ("p", .float(0.5), .succeeded), ("p", .integer(.min), .succeeded),
    ]

    @Test("Each field of the card takes its own kind of value", arguments: values)
    func cardValues(_ name: String, _ value: Value, _ code: ResultCode) {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        #expect(harness.results(of: host, .compare(.card, name, expected: .null, new: value)) == [code])
    }

    @Test("A seventeenth property is refused; one that is null makes room for another")
    func properties() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        for number in 0..<16 {
            let code = harness.results(of: host, .compare(.card, "p\(number)", expected: .null, new: .integer(1)))
            #expect(code == [.succeeded])
        }
        #expect(harness.results(of: host, .compare(.card, "more", expected: .null, new: .integer(1))) == [.tooManyFields])
        #expect(harness.results(of: host, .compare(.card, "seats", expected: .null, new: .integer(9))) == [.succeeded])
        #expect(harness.results(of: host, .compare(.card, "p3", expected: .integer(1), new: .null)) == [.succeeded])
        #expect(harness.results(of: host, .compare(.card, "more", expected: .null, new: .integer(1))) == [.succeeded])
        #expect(harness.room.listing.properties.count == 16)
    }

    @Test("However full a room is, its host can write its card")
    func cardInAFullRoom() {
        let harness = RoomHarness {
            $0.maximumEntities = 1
            $0.maximumStateBytes = 100
        }
        let (host, filler) = (harness.join(), harness.join())
        harness.tick(2)
        harness.uplink(filler, .set(filler.entity(0), "text", .string(String(repeating: "x", count: 70))))
        harness.tick()
        #expect(harness.results(of: filler, .set(filler.entity(1), "more", .null)) == [.tooManyEntities])
        #expect(harness.results(of: filler, .set(filler.entity(0), "more", .string("0123456789"))) == [.stateFull])
        #expect(harness.results(of: host, .compare(.card, "locked", expected: .null, new: .bool(true))) == [.succeeded])
        #expect(harness.results(of: host, .password("sesame")).isEmpty && harness.passwords.count == 1)
    }
}

extension RoomHarness {
    /// Has a client carry out operations, and tells the results.
    func results(of client: TestClient, _ ops: Op...) -> [ResultCode] {
        let before = client.replica.results.count
        self.send(client, self.uplinkBytes(client, ops))
        self.tick()
        return client.replica.results.dropFirst(before).map(\.code)
    }
}
