import NIOCore
import RelayHosting
import RelayWire

/// All who watch the lobby on one event loop. One timer serves them, and runs while there is one of them.
///
/// ```
/// every 250 ms:  what is new ─► a text for each query ─► to who has read all; who has not gets the whole list later
/// ```
package final class LobbyStreams {
    /// From one look to the next.
    package static let interval = TimeAmount.milliseconds(250)
    /// So often a comment at least, so that proxies and clients see that somebody is there.
    static let heartbeat = TimeAmount.seconds(15)
    /// The share of the loop's time that looks may take: over it the next one comes later.
    private static let share: Int64 = 8

    private let loop: any EventLoop
    private let board: LobbyBoard
    private let index: LobbyIndex
    private var streams: [ObjectIdentifier: LobbyStream] = [:]
    /// What those who have read all were told, and up to which revision of the index.
    private var told: [ExactString: LobbyEntry] = [:]
    private var revision: UInt64 = 0
    private var lastHeartbeat: NIODeadline
    private var isRunning = false

    init(on loop: any EventLoop, _ board: LobbyBoard, _ index: LobbyIndex) {
        (self.loop, self.board, self.index) = (loop, board, index)
        self.lastHeartbeat = loop.now
    }

    func enter(_ stream: LobbyStream) {
        if self.streams.isEmpty { self.begin() }
        self.streams[ObjectIdentifier(stream)] = stream
        stream.tellAll(self.list(for: stream.query))
        guard !self.isRunning else { return }
        self.isRunning = true
        self.schedule(in: Self.interval)
    }

    func leave(_ stream: LobbyStream) {
        self.streams[ObjectIdentifier(stream)] = nil
        if self.streams.isEmpty { self.told = [:] }
    }

    private func begin() {
        (self.revision, self.told) = self.board.listed(in: self.index)
        self.lastHeartbeat = self.loop.now
    }

    private func list(for query: LobbyQuery) -> [ByteBuffer] {
        LobbyText.rooms(self.board.rooms(query, in: self.index).entries)
    }

    private func schedule(in time: TimeAmount) {
        self.loop.assumeIsolated().scheduleTask(in: time) { self.look() }
    }

    private func look() {
        guard !self.streams.isEmpty else {
            self.isRunning = false
            return
        }
        let began = self.loop.now
        for stream in Array(self.streams.values) {
            if stream.isOver(at: began) { stream.end(retryAfter: nil) } else { stream.checkReading() }
        }
        if let changes = self.takeNews() {
            self.tell(changes)
        } else {
            self.begin()
            for stream in self.streams.values { stream.fallBehind() }
        }
        self.catchUp()
        self.beat(at: began)
        let took = self.loop.now - began
        self.schedule(in: max(Self.interval, TimeAmount.nanoseconds(took.nanoseconds * Self.share)))
    }

    /// A room before and after its change; one of them may be nil.
    private typealias Change = (old: LobbyEntry?, new: LobbyEntry?)

    /// Nil if so much is new that the whole list has to be told.
    private func takeNews() -> [Change]? {
        guard let news = self.board.news(since: self.revision, in: self.index) else { return nil }
        self.revision = news.revision
        return news.rooms.compactMap { name, entry in
            let old = self.told[name]
            self.told[name] = entry
            return old === entry ? nil : (old, entry)
        }
    }

    /// What changed at once and is longer is told as the whole list, of as many rooms as are asked for.
    private static let longestText = 256 << 10

    /// Each text is written once for all who ask for the same rooms, however many of them they want at first.
    private func tell(_ changes: [Change]) {
        guard !changes.isEmpty else { return }
        var texts: [LobbyQuery: ByteBuffer] = [:]
        for stream in self.streams.values {
            var rooms = stream.query
            rooms.limit = LobbyQuery.limits.upperBound
            let text = texts[rooms] ?? Self.text(changes, for: rooms)
            texts[rooms] = text
            if text.readableBytes <= Self.longestText { stream.tell(text) } else { stream.fallBehind() }
        }
    }

    private static func text(_ changes: [Change], for query: LobbyQuery) -> ByteBuffer {
        var text = ByteBuffer()
        for (old, new) in changes {
            if let new, query.matches(new) {
                LobbyText.append(new, to: &text)
            } else if let old, query.matches(old) {
                LobbyText.append(gone: old, to: &text)
            }
        }
        return text
    }

    private func catchUp() {
        var lists: [LobbyQuery: [ByteBuffer]] = [:]
        for stream in self.streams.values where stream.mayCatchUp {
            let list = lists[stream.query] ?? self.list(for: stream.query)
            lists[stream.query] = list
            stream.tellAll(list)
        }
    }

    private func beat(at now: NIODeadline) {
        guard now - self.lastHeartbeat >= Self.heartbeat else { return }
        self.lastHeartbeat = now
        for stream in self.streams.values { stream.beat() }
    }
}
