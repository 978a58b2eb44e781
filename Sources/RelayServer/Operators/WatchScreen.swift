import RelayHosting

/// What `tickrelay rooms watch` shows. Drawing it is a pure function of what is known, the terminal's size and the time.
///
///     127.0.0.1:7778  2026-01-02T03:04:05Z  14 rooms, 96 players, 1 stalled
///     (since when there are no new figures, and why)
///     ROOM  PLAYERS  …
///     duel        8  …
///     … and 12 more
package struct WatchScreen: Sendable {
    /// What is watched.
    package enum Subject: Sendable {
        case rooms([RelayStatistics.Room])
        case room(RelayStatistics.Room)
    }

    /// Columns and lines of the terminal.
    package struct Size: Sendable {
        package var width: Int
        package var height: Int
        package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
    }

    private let relay: String
    private var subject: Subject
    /// When the subject was so. Seconds since 1970.
    private var answeredAt: Int64
    /// Why there has been no answer since; nil if the last one was good.
    private var problem: String?

    /// - Parameters:
    ///   - relay: Its address, for the head.
    ///   - now: When the answer came. Seconds since 1970.
    package init(relay: String, _ subject: Subject, at now: Int64) {
        (self.relay, self.subject, self.answeredAt) = (relay, subject, now)
    }

    package mutating func answered(_ subject: Subject, at now: Int64) {
        (self.subject, self.answeredAt, self.problem) = (subject, now, nil)
    }

    /// The last figures stay, dimmed.
    package mutating func failed(_ failure: AdminFailure) { self.problem = "\(failure)" }

    /// The bytes for a terminal on which no line wraps. Each line is cleared before it is written; to clear the whole screen
    /// would flicker.
    package func drawing(in size: Size, at now: Int64) -> String {
        let lines = self.lines(in: size, at: now)
        let padding = Array(repeating: "", count: max(0, size.height - lines.count))
        let isOld = self.problem != nil
        let drawn = (lines + padding).enumerated().map { place, line in
            isOld && place >= Self.headLines && !line.isEmpty ? "\u{1B}[2K\u{1B}[2m\(line)\u{1B}[0m" : "\u{1B}[2K\(line)"
        }
        return "\u{1B}[H" + drawn.joined(separator: "\r\n")
    }

    /// At most `height` lines of at most `width` characters, without escape sequences.
    package func lines(in size: Size, at now: Int64) -> [String] {
        let table = self.table.lines
        let head = self.head(at: now) + self.facts + (self.isEmpty ? [] : table.prefix(1))
        let rows = table.dropFirst()
        let space = max(0, size.height - head.count)
        let shown = rows.count <= space ? rows : rows.prefix(max(0, space - 1))
        let rest = rows.count - shown.count
        let lines = head + shown + (rest > 0 ? ["… and \(rest) more"] : [])
        return lines.prefix(max(0, size.height)).map { Self.cut($0, to: size.width) }
    }

    /// Those that are never dimmed.
    private static let headLines = 2

    private func head(at now: Int64) -> [String] {
        let state = self.problem.map { "No new figures since \(OperatorText.moment(self.answeredAt)): \($0)" } ?? ""
        return ["\(self.relay)  \(OperatorText.moment(now))  \(OperatorText.totals(of: self.rooms))", state].map(\.forTerminal)
    }

    private var rooms: [RelayStatistics.Room] {
        switch self.subject {
        case .rooms(let rooms): rooms
        case .room(let room): [room]
        }
    }

    /// Whether there is nothing to make a table of.
    private var isEmpty: Bool {
        switch self.subject {
        case .rooms(let rooms): rooms.isEmpty
        case .room(let room): room.seats.isEmpty
        }
    }

    /// Between the head and the table.
    private var facts: [String] {
        switch self.subject {
        case .rooms(let rooms): rooms.isEmpty ? [OperatorText.noRooms] : []
        case .room(let room): OperatorText.facts(of: room) + (room.seats.isEmpty ? ["", OperatorText.noSeats] : [""])
        }
    }

    private var table: TextTable {
        switch self.subject {
        case .rooms(let rooms):
            OperatorText.table(of: rooms.sorted { ($1.urgency, $0.name) < ($0.urgency, $1.name) })
        case .room(let room):
            OperatorText.table(of: room.seats.sorted { ($1.urgency, $0.seat) < ($0.urgency, $1.seat) })
        }
    }

    private static func cut(_ line: String, to width: Int) -> String {
        guard line.count > width else { return line }
        return width > 0 ? line.prefix(width - 1) + "…" : ""
    }
}

extension RelayStatistics.Room {
    /// How soon somebody has to look: 2 with a stalled seat, 1 with one that is behind.
    fileprivate var urgency: Int { self.totals.stalled > 0 ? 2 : self.totals.behind > 0 ? 1 : 0 }
}

extension RelayStatistics.Seat {
    /// How soon somebody has to look: 2 if it is stalled, 1 if it is behind.
    fileprivate var urgency: Int { self.state == "stalled" ? 2 : self.behind ? 1 : 0 }
}
