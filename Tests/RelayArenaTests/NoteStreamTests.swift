import RelayArena
import RelayHosting
import RelayWire
import Testing

@Suite("Notes on their way to the log")
struct NoteStreamTests {
    private let route = RoomRoute(name: "room", instance: RoomInstance(high: 0, low: 1), thread: 0)

    @Test("All are written, in order, before the end") func inOrder() async {
        let book = Logbook()
        let notes = NoteStream(book.logger(.info))
        for number in 0..<1000 { notes.write(.info, "\(number)", in: self.route) }
        await notes.finish()
        #expect(book.lines.map(\.text) == (0..<1000).map(String.init))
    }

    @Test("The last line is written when the call returns, not when the writer's turn comes") func last() async {
        let book = Logbook()
        let notes = NoteStream(book.logger(.info))
        notes.writeLast("the end", ["kind": "invariant"], in: self.route)
        #expect(book.lines.map(\.text) == ["the end"])
        await notes.finish()
        #expect(book.lines.count == 1)
    }

    @Test("What the log would not take does not go on its way") func levels() async {
        let book = Logbook()
        let notes = NoteStream(book.logger(.notice))
        notes.write(.info, "no", in: self.route)
        notes.write(.error, "yes", in: self.route)
        await notes.finish()
        #expect(book.lines.map(\.text) == ["yes"])
    }

    @Test("More than find a place are counted, not waited for") func bound() async {
        let book = Logbook()
        let notes = NoteStream(book.logger(.info))
        for _ in 0..<10_000 { notes.write(.info, "line", in: self.route) }
        await notes.finish()
        let written = book.lines.count { $0.text == "line" }
        let lost = book.lines.reduce(0) { $0 + (Int($1.metadata["lines_lost"] ?? "0") ?? 0) }
        #expect(written >= 4096 && written + lost == 10_000)
    }
}
