import RelayArena
import RelayCore
import RelayHosting
import RelayJournal
import RelayWire
import Testing

@Suite("The audit")
struct AuditNoteTests {
    private struct NoTokens: TokenMint {
        func mint(_ token: RejoinToken) -> [UInt8] { [0] }
        func verify(_ bytes: [UInt8]) -> RejoinToken? { nil }
    }

    /// A room that ticks: somebody is expected back.
    private static func roomOfSomebodyAway(_ instance: RoomInstance) throws -> Room {
        var room = Room(configuration: RoomConfiguration(), instance: instance, tick: Tick(rawValue: 1))
        room.take(.join(.player, ConnectionID(rawValue: 1), at: .zero))
        room.take(.tick(Tick(rawValue: 2), now: .zero, liveness: .zero))
        var snapshot = WireWriter()
        room.encodeSnapshot(into: &snapshot)
        var restored = try Room.restored(configuration: RoomConfiguration(), instance: instance) { take in
            try take(Span(_unsafeBytes: snapshot.payload), Tick(rawValue: 2))
        }
        restored.resume(epoch: 5, at: .zero)
        return restored
    }

    @Test("A broken invariant is told once, as what it is, so that the journal can be asked for it", .timeLimit(.minutes(1)))
    func told() async throws {
        let book = Logbook()
        let header = JournalHeader(room: "books", instance: RoomInstance(high: 0, low: 1), rate: 30)
        let room = try Self.roomOfSomebodyAway(header.instance)
        let arena = try Arena(
            configuration: HostingConfiguration(), mint: NoTokens(), logger: book.logger(),
            restored: [RestoredRoom(header, deaths: 0, room: room, file: nil)]
        )
        #expect(arena.miscount(thread: 0))
        while arena.threadPulses != [Pulse.broken] { try await Task.sleep(for: .milliseconds(5)) }
        await arena.drain()
        let told = book.lines.filter { $0.metadata["kind"] == "invariant" }
        #expect(told.count == 1 && told.allSatisfy { $0.metadata["room"] == "books" && $0.text.contains("invariant") })
    }
}
