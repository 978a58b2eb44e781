import Logging
import RelayCore
import Synchronization

/// Carries notes from arena threads to the log, so that no tick ever waits for it, or for their text to be made.
///
/// Bounded: when the log cannot keep up, the newest notes are lost, and the log says how many. Lines wait a moment for each other:
/// waking the writer takes longer than all else that a thread does for a note, and notes come in crowds.
final class NoteStream: Sendable {
    private struct Line: Sendable {
        enum Content: Sendable {
            case note(RoomNote)
            case text(Logger.Level, String, Logger.Metadata)
        }
        var content: Content
        /// Nil for what is about a whole thread.
        var room: String?
    }

    /// Lines that wait, and how many found no place since they were taken last.
    private final class Queue: Sendable {
        private let waiting = Mutex<(lines: [Line], lost: Int)>(([], 0))

        /// Whether it was empty.
        func add(_ line: Line) -> Bool {
            self.waiting.withLock { waiting in
                guard waiting.lines.count < NoteStream.most else {
                    waiting.lost += 1
                    return false
                }
                waiting.lines.append(line)
                return waiting.lines.count == 1
            }
        }

        func takeAll() -> (lines: [Line], lost: Int) {
            self.waiting.withLock { waiting in
                defer { waiting = ([], 0) }
                return waiting
            }
        }
    }

    private static let most = 4096
    private static let pause = Duration.milliseconds(10)

    private let logger: Logger
    private let queue: Queue
    private let bell: AsyncStream<Void>.Continuation
    private let writer: Task<Void, Never>

    init(_ logger: Logger) {
        let queue = Queue()
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.logger, self.queue, self.bell) = (logger, queue, bell)
        self.writer = Task {
            for await _ in rings {
                try? await Task.sleep(for: Self.pause)
                Self.write(queue.takeAll(), to: logger)
            }
            Self.write(queue.takeAll(), to: logger)
        }
    }

    func write(_ note: RoomNote, in route: RoomRoute) { self.add(.note(note), at: Self.level(of: note.kind), route) }

    /// A line about a room itself; without one, about a thread.
    func write(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:], in route: RoomRoute? = nil) {
        self.add(.text(level, text, metadata), at: level, route)
    }

    private func add(_ content: Line.Content, at level: Logger.Level, _ route: RoomRoute?) {
        guard self.logger.logLevel <= level else { return }
        if self.queue.add(Line(content: content, room: route?.name)) { self.bell.yield() }
    }

    /// Writes what is still waiting.
    func finish() async {
        self.bell.finish()
        await self.writer.value
    }

    private static func write(_ taken: (lines: [Line], lost: Int), to logger: Logger) {
        for line in taken.lines { self.write(line, to: logger) }
        if taken.lost > 0 { logger.warning("the log cannot keep up", metadata: ["lines_lost": "\(taken.lost)"]) }
    }

    private static func write(_ line: Line, to logger: Logger) {
        switch line.content {
        case .note(let note): self.write(note, of: line.room ?? "", to: logger)
        case .text(let level, let text, var metadata):
            if let room = line.room { metadata["room"] = "\(room.forLog)" }
            logger.log(level: level, "\(text)", metadata: metadata)
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
