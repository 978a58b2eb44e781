import RelayCore
import RelayHosting
import RelayServer
import Testing

@Suite("Types of rooms")
struct RoomTypeTests {
    private static func read(_ file: String, commandLine: [(key: String, value: String)] = []) throws -> ServerConfiguration {
        try ServerConfiguration(
            ConfigurationSources(commandLine: commandLine, file: (path: "settings.json", bytes: Array(file.utf8))), processors: 1)
    }

    private static let file = """
        {"tickRate": 20, "seatsPerRoom": 100, "roomTypes": {
            "duel": {"rooms": ["duel-*", "final"], "tickRate": 60, "seatsPerRoom": 2, "fields": "x:0.5", "roomWrites": "host"},
            "ranked": {"rooms": "duel-ranked-*", "createdBy": "operators", "seatHold": "5s"},
            "lounge": {"rooms": "*lounge", "emptyRoomLifetime": "24h"},  // no prefix: that very name
        }}
        """

    @Test(
        "A room has the type whose pattern says most about its name",
        arguments: [
            ("lobby", "default"), ("duel-7", "duel"), ("duel-", "duel"), ("duel", "default"), ("final", "duel"),
            ("finals", "default"),
            ("duel-ranked-1", "ranked"), ("duel-ranked", "duel"), ("*lounge", "lounge"), ("my lounge", "default"),
        ])
    func patterns(room: String, type: String) throws {
        #expect(try Self.read(Self.file).types.type(ofRoom: room).room.type == type)
    }

    @Test("A type says what it says, and has the rest from all rooms, the command line included")
    func inherits() throws {
        let types = try Self.read(Self.file, commandLine: [("seatsPerRoom", "50"), ("uplinkBytes", "4096")]).types
        let (duel, ranked) = (types.type(ofRoom: "duel-1"), types.type(ofRoom: "duel-ranked-1"))
        #expect(duel.room.rate == 60 && duel.room.maximumPlayers == 2 && duel.room.roomWrites == .host)
        #expect(duel.room.fields == [.init(name: "x", quantum: 0.5)] && duel.creators == .players)
        #expect(ranked.room.rate == 20 && ranked.room.maximumPlayers == 50 && ranked.room.seatHold == 5_000_000_000)
        #expect(ranked.creators == .operators && ranked.room.fields.isEmpty)
        #expect(types.standard.room.maximumPlayers == 50 && types.standard.room.type == "default")
        #expect([types.standard, duel, ranked].allSatisfy { $0.room.uplinkBytes == 4096 })
        #expect(types.type(ofRoom: "*lounge").emptyRoomLifetime == 86_400_000_000_000)
        #expect(types.rates == 20...60)
    }

    @Test("The uplink rate follows a type's own tick rate")
    func uplinkRate() throws {
        let types = try Self.read(#"{"roomTypes": {"fast": {"rooms": "f", "tickRate": 120}}}"#).types
        #expect(types.type(ofRoom: "f").room.uplinkRate == 240 && types.standard.room.uplinkRate == 120)
    }

    @Test("A restored room has the type of its type's name, whatever claims its own name by now")
    func restored() throws {
        let types = try Self.read(Self.file).types
        #expect(types.type("ranked", ofRoom: "lobby").room.type == "ranked")
        #expect(types.type("default", ofRoom: "duel-1").room.type == "default")
        #expect(types.type("gone", ofRoom: "duel-1").room.type == "duel")
        #expect(types.type(nil, ofRoom: "duel-1").room.type == "duel")
    }

    @Test(
        "Mistakes are told by type and key, all at once, and once each",
        arguments: [
            (#"{"duel": {"rooms": "d", "tickRate": 0, "seats": 2}}"#, ["roomTypes.duel.tickRate", "roomTypes.duel.seats"]),
            (#"{"duel": {}}"#, ["roomTypes.duel.rooms"]), (#"{"duel": {"rooms": ""}}"#, ["roomTypes.duel.rooms"]),
            (#"{"duel": {"rooms": "d", "createdBy": "nobody"}}"#, ["roomTypes.duel.createdBy"]),
            (#"{"duel": {"rooms": "d", "tickRate": 1}}"#, []),
            (
                #"{"duel": {"rooms": "d", "heartbeatInterval": "5s"}}"#,
                ["roomTypes.duel.stallAfter", "roomTypes.duel.giveUpAfter"]
            ),
            (#"{"duel": {"rooms": "d", "uplinkBytes": 300}}"#, ["roomTypes.duel.uplinkBytes"]),
            (#"{"a": {"rooms": "d,e"}, "b": {"rooms": "e"}}"#, ["roomTypes"]), (#"{"default": {"rooms": "d"}}"#, ["roomTypes"]),
            (#"{"a b": {"rooms": "d"}}"#, ["roomTypes"]), (#"{"": {"rooms": "d"}}"#, ["roomTypes"]),
            (#"[]"#, ["roomTypes"]), (#""duel""#, ["roomTypes"]), (#"true"#, ["roomTypes"]), (#"{"duel": 1}"#, ["roomTypes"]),
            (#"{"duel": {"rooms": "d", "tickRate": true}}"#, ["roomTypes"]),
            (#"{"duel": {"rooms": "d", "tickRate": null}}"#, ["roomTypes"]), (#"{}"#, []),
        ] as [(String, [String])])
    func mistakes(text: String, problems: [String]) {
        #expect(Self.problems("{\"roomTypes\": \(text)}") == problems)
    }

    @Test("What is wrong for all rooms is not told again for each type")
    func onceEach() {
        let types = #""roomTypes": {"a": {"rooms": "a"}, "b": {"rooms": "b", "tickRate": "x"}}"#
        #expect(
            Self.problems(#"{"tickRate": 0, "stallAfter": "1ms", \#(types)}"#) == [
                "tickRate", "roomTypes.b.tickRate", "stallAfter",
            ])
    }

    private static func problems(_ file: String) -> [String] {
        do {
            _ = try self.read(file)
            return []
        } catch let error as InvalidConfiguration {
            return error.problems.map(\.key)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("Types in the environment or on the command line are a mistake, and not silently nothing")
    func elsewhere() {
        for sources in [
            ConfigurationSources(commandLine: [("roomTypes", "duel")]),
            ConfigurationSources(environment: ["TICKRELAY_ROOM_TYPES": "{}"]),
        ] {
            let error = #expect(throws: InvalidConfiguration.self) { try ServerConfiguration(sources, processors: 1) }
            #expect(error?.problems.map(\.key) == ["roomTypes"])
        }
    }

    @Test("More types than may be are a mistake")
    func bound() {
        func file(_ count: Int) -> String {
            "{\"roomTypes\": {" + (0..<count).map { "\"t\($0)\": {\"rooms\": \"r\($0)\"}" }.joined(separator: ",") + "}}"
        }
        #expect(Self.problems(file(64)) == [] && Self.problems(file(65)) == ["roomTypes"])
    }

    @Test("A change of a type is told as one of the settings, and needs no restart")
    func changes() throws {
        let old = try Self.read(#"{"roomTypes": {"duel": {"rooms": "d", "seatsPerRoom": 2}}}"#)
        let new = try Self.read(#"{"roomTypes": {"duel": {"seatsPerRoom": 3, "rooms": "d"}}}"#)
        #expect(new.changes(from: old) == [.roomTypes] && ServerConfiguration.reloadable.contains(.roomTypes))
        #expect(try Self.read(#"{"roomTypes": {"duel": {"seatsPerRoom": "2", "rooms": ["d"]}}}"#).changes(from: old) == [])
    }
}
