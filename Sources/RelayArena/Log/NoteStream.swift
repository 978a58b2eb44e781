import CRelayLinux
import Foundation
import Logging
import RelayCore
import RelayHosting
import Synchronization

/// Carries notes from arena threads to the log, so that no tick ever waits for the log or for the text of a note.
///
/// Bounded: when the log cannot keep up, the newest notes are lost, and the log says how many. The writer pauses for more lines:
/// waking it takes longer than all else that a thread does for a note, and notes come in crowds. It is a thread of its own that
/// gives way to others: text for a thousand connections that end at once takes tens of milliseconds.
package final class NoteStream: Sendable {
    private struct Line: Sendable {
        enum Content: Sendable {
            case note(RoomNote, peer: String?)
            case text(Logger.Level, String, Logger.Metadata)
        }
        var content: Content
        /// Nil if the line is about a whole thread.
        var room: String?
    }

    private struct State {
        var lines: [Line] = []
        /// Lines dropped since the writer last took lines.
        var lost = 0
        var isOver = false
    }

    private static let maximumLines = 4096
    private static let pause = DispatchTimeInterval.milliseconds(10)

    private let logger: Logger
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    /// Ends the wait for more lines.
    private let hurry = DispatchSemaphore(value: 0)
    private let ended: AsyncStream<Never>

    package init(_ logger: Logger) {
        self.logger = logger
        let (ended, end) = AsyncStream.makeStream(of: Never.self)
        self.ended = ended
        let thread = Thread {
            self.run()
            end.finish()
        }
        thread.name = "notes"
        thread.stackSize = 1 << 18
        thread.start()
    }

    private func run() {
        _ = crelay_give_way(5)
        while true {
            self.bell.wait()
            _ = self.hurry.wait(timeout: .now() + Self.pause)
            let taken = self.takeAll()
            for line in taken.lines { Self.write(line, to: self.logger) }
            if taken.lost > 0 { self.logger.warning("the log cannot keep up", metadata: ["lines_lost": "\(taken.lost)"]) }
            if taken.isOver { return }
        }
    }

    private func takeAll() -> State {
        self.state.withLock { state in
            defer { (state.lines, state.lost) = ([], 0) }
            return state
        }
    }

    /// - Parameter peer: The address of the seat's client; nil without a connection.
    package func write(_ note: RoomNote, of peer: String? = nil, in route: RoomRoute) {
        self.add(.note(note, peer: peer), at: Self.level(of: note.kind), route)
    }

    /// A line about a room itself; without one, about a thread.
    package func write(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:], in route: RoomRoute? = nil) {
        self.add(.text(level, text, metadata), at: level, route)
    }

    /// A line about a room, after which the process ends. It is written before this returns, by the calling thread: the writer gives way
    /// to others, so that the end might come first.
    package func writeLast(_ text: String, _ metadata: Logger.Metadata, in route: RoomRoute) {
        Self.write(Line(content: .text(.critical, text, metadata), room: route.name), to: self.logger)
    }

    private func add(_ content: Line.Content, at level: Logger.Level, _ route: RoomRoute?) {
        guard self.logger.logLevel <= level else { return }
        let line = Line(content: content, room: route?.name)
        let isFirst = self.state.withLock { state in
            guard state.lines.count < Self.maximumLines else {
                state.lost += 1
                return false
            }
            state.lines.append(line)
            return state.lines.count == 1
        }
        if isFirst { self.bell.signal() }
    }

    /// Writes the lines that still wait, and ends the writer.
    package func finish() async {
        self.state.withLock { $0.isOver = true }
        self.bell.signal()
        self.hurry.signal()
        for await _ in self.ended {}
    }

    private static func write(_ line: Line, to logger: Logger) {
        switch line.content {
        case .note(let note, let peer): self.write(note, of: line.room ?? "", peer, to: logger)
        case .text(let level, let text, var metadata):
            if let room = line.room { metadata["room"] = "\(room.forLog)" }
            logger.log(level: level, "\(text)", metadata: metadata)
        }
    }

    private static func write(_ note: RoomNote, of room: String, _ peer: String?, to logger: Logger) {
        var metadata: Logger.Metadata = [
            "kind": "\(note.kind)", "room": "\(room.forLog)", "seat": "\(note.seat.rawValue)", "generation": "\(note.generation)",
            "tick": "\(note.tick.rawValue)",
        ]
        if note.oldestUnacknowledged != .none {
            metadata["oldest_unacknowledged"] = "\(note.oldestUnacknowledged.rawValue)"
            metadata["handed_over_ns"] = "\(note.handedOver.nanoseconds)"
            metadata["acknowledgement_age_ms"] = "\(note.acknowledgementAge / 1_000_000)"
        }
        if let peer { metadata["peer"] = "\(peer)" }
        if let identity = note.identity {
            (metadata["player"], metadata["name"]) = ("\(identity.player.forLog)", "\(identity.name.forLog)")
        }
        if note.cause != .unknown { metadata["cause"] = "\(note.cause)" }
        if let evidence = note.evidence { metadata.merge(evidence.figures) { _, new in new } }
        logger.log(level: Self.level(of: note.kind), "\(note.kind.sentence)", metadata: metadata)
    }

    private static func level(of kind: RoomNote.Kind) -> Logger.Level {
        switch kind {
        case .joined, .rejoined, .revived, .broken, .left, .gone: .info
        case .behind, .host: .debug
        case .stalled, .dropped, .late, .refused, .kicked: .notice
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
        case .late: "tick late: everybody lags"
        case .broken: "connection ended without a leave"
        case .left: "seat left"
        case .gone: "seat gone"
        case .host: "host chosen"
        case .refused: "join refused"
        case .kicked: "player removed"
        }
    }
}
