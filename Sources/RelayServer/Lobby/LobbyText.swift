import NIOCore

/// What lists and watchers are sent. Parts are shared, never copied: a reader that is slow holds no list of its own.
enum LobbyText {
    /// Longer comments of an EventSource's stream are not needed: it only has to see that somebody is there.
    static let heartbeat = ByteBuffer(string: ":\n\n")
    /// In how many milliseconds an EventSource comes back.
    static let usualRetry = 2000
    static let greeting = Self.retry(after: Self.usualRetry)

    /// - Parameter milliseconds: In how many an EventSource comes back.
    static func retry(after milliseconds: Int) -> ByteBuffer { ByteBuffer(string: "retry: \(milliseconds)\n\n") }

    private static let listStart = ByteBuffer(string: "{\"rooms\":[")
    private static let listEnd = (ByteBuffer(string: "],\"more\":false}"), ByteBuffer(string: "],\"more\":true}"))
    private static let eventStart = ByteBuffer(string: "event: rooms\ndata: {\"rooms\":[")
    private static let eventEnd = ByteBuffer(string: "]}\n\n")

    /// The answer to who asks once.
    static func list(_ entries: [LobbyEntry], more: Bool) -> [ByteBuffer] {
        [self.listStart] + self.joined(entries) + [more ? self.listEnd.1 : self.listEnd.0]
    }

    /// The whole list as an event.
    static func rooms(_ entries: [LobbyEntry]) -> [ByteBuffer] { [self.eventStart] + self.joined(entries) + [self.eventEnd] }

    private static func joined(_ entries: [LobbyEntry]) -> [ByteBuffer] {
        entries.prefix(1).map(\.json) + entries.dropFirst().map(\.following)
    }

    /// Appends the event of a room that is new, or has changed.
    static func append(_ entry: LobbyEntry, to text: inout ByteBuffer) {
        text.writeString("event: room\ndata: ")
        text.writeImmutableBuffer(entry.json)
        text.writeString("\n\n")
    }

    /// Appends the event of a room that is not there any more for who watches.
    static func append(gone entry: LobbyEntry, to text: inout ByteBuffer) {
        text.writeString("event: gone\ndata: {\"room\":")
        text.writeBytes(entry.nameJSON)
        text.writeString("}\n\n")
    }
}
