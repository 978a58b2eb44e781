import Logging
import RelayCore

/// Carries notes from arena threads to the log, so that no tick ever waits for a terminal or a full pipe.
///
/// Bounded: when the log cannot keep up, the newest notes are dropped and counted.
final class NoteStream: Sendable {
    private struct Line: Sendable {
        enum Content: Sendable {
            case note(RoomNote)
            case text(Logger.Level, String, Logger.Metadata)
        }
        var content: Content
        var room: String
    }

    private let continuation: AsyncStream<Line>.Continuation
    private let writer: Task<Void, Never>

    init(_ logger: Logger) {
        let (stream, continuation) = AsyncStream.makeStream(of: Line.self, bufferingPolicy: .bufferingOldest(4096))
        self.continuation = continuation
        self.writer = Task {
            for await line in stream { Self.write(line, to: logger) }
        }
    }

    func write(_ note: RoomNote, in route: RoomRoute) {
        self.continuation.yield(Line(content: .note(note), room: route.name))
    }

    /// A line about a room itself.
    func write(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:], in route: RoomRoute) {
        self.continuation.yield(Line(content: .text(level, text, metadata), room: route.name))
    }

    /// Writes what is still waiting.
    func finish() async {
        self.continuation.finish()
        await self.writer.value
    }

    private static func write(_ line: Line, to logger: Logger) {
        switch line.content {
        case .note(let note): self.write(note, of: line.room, to: logger)
        case .text(let level, let text, let metadata):
            logger.log(level: level, "\(text)", metadata: metadata.merging(["room": "\(line.room.forLog)"]) { $1 })
        }
    }

    private static func write(_ note: RoomNote, of room: String, to logger: Logger) {
        var metadata: Logger.Metadata = [
            "kind": "\(note.kind)", "room": "\(room.forLog)", "seat": "\(note.seat.rawValue)", "generation": "\(note.generation)",
            "tick": "\(note.tick.rawValue)",
        ]
        if note.oldestUnacknowledged != .none {
            metadata["oldest_unacknowledged"] = "\(note.oldestUnacknowledged.rawValue)"
            metadata["handed_over_ns"] = "\(note.handedOver.nanoseconds)"
            metadata["acknowledgement_age_ms"] = "\(note.acknowledgementAge / 1_000_000)"
        }
        if note.cause != .unknown { metadata["cause"] = "\(note.cause)" }
        logger.log(level: Self.level(of: note.kind), "\(note.kind.sentence)", metadata: metadata)
    }

    private static func level(of kind: RoomNote.Kind) -> Logger.Level {
        switch kind {
        case .joined, .rejoined, .revived, .broken, .left, .gone: .info
        case .behind, .host: .debug
        case .stalled, .dropped, .refused, .kicked: .notice
        }
    }
}

extension RoomNote.Kind {
    fileprivate var sentence: String {
        switch self {
        case .joined: "seat taken"
        case .rejoined: "seat taken back"
        case .behind: "seat is behind: nothing is sent until it acknowledges"
        case .stalled: "seat stalled"
        case .revived: "seat live again"
        case .dropped: "seat dropped after the grace window"
        case .broken: "connection ended without a leave"
        case .left: "seat left"
        case .gone: "seat gone"
        case .host: "host chosen"
        case .refused: "join refused"
        case .kicked: "player removed"
        }
    }
}
