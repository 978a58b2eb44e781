import RelayArena
import RelayCore
import RelayHosting
import RelayWire
import Testing

@Suite("Names that strangers choose")
struct StrangersNameTests {
    @Test(
        "A room's name neither ends a line of the log nor steers the terminal",
        arguments: [
            ("lobby", "lobby"), ("Ünïcode 日本 🎲", "Ünïcode 日本 🎲"), ("a\nb\r\u{1B}[31m", "a\\u{a}b\\u{d}\\u{1b}[31m"),
            ("\u{2028}\u{202E}\u{85}\0", "\\u{2028}\\u{202e}\\u{85}\\u{0}"),
        ]
    )
    func logged(_ name: String, _ shown: String) async {
        let book = Logbook()
        let notes = NoteStream(book.logger())
        let route = RoomRoute(name: name, instance: RoomInstance(high: 0, low: 1), thread: 0)
        var room = Room(configuration: RoomConfiguration(), instance: route.instance, tick: Tick(rawValue: 1))
        room.take(.join(.player, ConnectionID(rawValue: 1), at: .zero))
        room.take(.tick(Tick(rawValue: 2), now: .zero, liveness: .zero))
        for note in room.notes where note.kind == .joined { notes.write(note, in: route) }
        notes.write(.error, "about the room", in: route)
        await notes.finish()
        #expect(book.lines.map { $0.metadata["room"] } == [shown, shown])
    }

    @Test("Rooms whose names look alike and are not the same bytes are not one room")
    func rooms() throws {
        let directory = RoomDirectory(threads: 1, maximumRooms: 10)
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed, "to Swift")
        let first = try directory.reserve(composed, newInstance: RoomInstance(high: 0, low: 1))
        let second = try directory.reserve(decomposed, newInstance: RoomInstance(high: 0, low: 2))
        #expect(first.instance != second.instance && directory.count == 2)
        directory.release(first)
        #expect(directory.close(first) && directory.knows(second))
    }
}
