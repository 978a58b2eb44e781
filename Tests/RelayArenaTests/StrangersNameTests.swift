import Logging
import RelayWire
import Synchronization
import Testing

@testable import RelayArena
@testable import RelayCore

/// Keeps the rooms that lines speak of.
private final class Lines: Sendable {
    private let rooms = Mutex<[String]>([])
    var spokenOf: [String] { self.rooms.withLock { $0 } }

    struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            guard let room = event.metadata?["room"] else { return }
            self.lines.rooms.withLock { $0.append("\(room)") }
        }
    }
}

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
        let lines = Lines()
        let notes = NoteStream(Logger(label: "test", factory: { _ in Lines.Handler(lines: lines) }))
        let route = RoomRoute(name: name, instance: RoomInstance(high: 0, low: 1), thread: 0)
        var room = Room(configuration: RoomConfiguration(), instance: route.instance, tick: Tick(rawValue: 1))
        room.join(.player, connection: ConnectionID(rawValue: 1), arrival: .zero)
        room.tick(Tick(rawValue: 2), now: .zero, liveness: .zero)
        for case .note(let note) in room.effects where note.kind == .joined { notes.write(note, in: route) }
        notes.write(.error, "about the room", in: route)
        await notes.finish()
        #expect(lines.spokenOf == [shown, shown])
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
