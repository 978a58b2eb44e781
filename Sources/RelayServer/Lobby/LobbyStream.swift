import NIOCore

/// A page that watches the lobby by server-sent events (HTML, "server-sent events"). It ends after ten minutes, and the page comes back.
///
/// What waits for a slow reader is bounded: while there is any, changes are skipped, and afterwards it gets the whole list. A reader that
/// reads nothing is closed.
package final class LobbyStream: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The head of the answer. Its body ends with the connection.
    static let head = ByteBuffer(
        string: """
            HTTP/1.1 200 OK\r
            Access-Control-Allow-Origin: *\r
            Cache-Control: no-store\r
            Connection: close\r
            Content-Type: text/event-stream\r
            Vary: Accept\r
            X-Accel-Buffering: no\r
            X-Content-Type-Options: nosniff\r
            \r\n
            """)
    private static let lifetime = TimeAmount.minutes(10)
    /// Closed after so long without a byte written while some wait. Counted in looks, so later where looks are late. Over a slow link some
    /// bytes go in that time; a reader that takes none keeps an outdated list in memory.
    package static let unreadLimit = TimeAmount.seconds(30)
    /// What the kernel keeps for a reader, which makes it twice that. Left alone it would keep megabytes, for each of a thousand; and because it
    /// tells of room only when a third is free, a slow reader would seem to read nothing.
    private static let kernelBytes = 16 << 10
    /// Bytes that it may send, though it has nothing to say.
    private static let maximumUnwanted = 16 << 10

    let query: LobbyQuery
    private var place: LobbyWatchers.Place?
    private let streams: LobbyStreams
    private let patience: TimeAmount
    private let counters: FrontDoorCounters
    private var deadline = NIODeadline.distantFuture
    private var context: ChannelHandlerContext?
    private var writer = PartWriter([])
    private var unread = UnreadWatch(maximumLooks: Int(LobbyStream.unreadLimit.nanoseconds / LobbyStreams.interval.nanoseconds))
    private var isBehind = false
    private var hasEnded = false
    private var unwanted = 0

    /// - Parameters:
    ///   - place: Kept as long as it watches.
    ///   - patience: How long it may take to read the last words.
    ///   - counters: Count it if it is closed because nothing is read.
    package init(
        _ query: LobbyQuery, _ place: LobbyWatchers.Place, among streams: LobbyStreams, patience: TimeAmount,
        counters: FrontDoorCounters
    ) {
        (self.query, self.place, self.streams, self.patience) = (query, place, streams, patience)
        self.counters = counters
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        (self.context, self.deadline) = (context, context.eventLoop.now + Self.lifetime)
        // A channel of tests has no socket.
        try? context.channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: Self.kernelBytes)
        context.write(NIOAny(Self.head), promise: nil)
        context.write(NIOAny(LobbyText.greeting), promise: nil)
        self.streams.enter(self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.stop()
        (self.place, self.context) = (nil, nil)
    }

    // MARK: What it is told

    /// The whole list.
    func tellAll(_ parts: [ByteBuffer]) {
        self.isBehind = false
        self.write(parts)
    }

    /// What has changed; nothing, perhaps, that it wants to see.
    func tell(_ text: ByteBuffer) {
        guard text.readableBytes > 0 else { return }
        if self.isBehind || !self.isReady { self.isBehind = true } else { self.write([text]) }
    }

    /// It needs the whole list.
    func fallBehind() { self.isBehind = true }

    var mayCatchUp: Bool { self.isBehind && self.isReady }

    func beat() { if self.isReady { self.write([LobbyText.heartbeat]) } }

    /// It has read what was written, or nearly.
    private var isReady: Bool { !self.hasEnded && self.writer.isDone && self.context?.channel.isWritable == true }

    private func write(_ parts: [ByteBuffer]) {
        guard !self.hasEnded, let context = self.context else { return }
        self.writer = PartWriter(parts)
        self.goOn(context)
    }

    /// Writes what fits now of what is to be told.
    private func goOn(_ context: ChannelHandlerContext) {
        self.unread.saw(waiting: self.waitingBytes(context))
        self.writer.write(context)
        self.unread.wrote(waiting: self.waitingBytes(context))
    }

    /// Bytes that the kernel has not taken. 0 once the channel is closed.
    private func waitingBytes(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !self.hasEnded { self.goOn(context) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Its end

    func isOver(at now: NIODeadline) -> Bool { now >= self.deadline }

    /// To be called at each look: closes it if it reads nothing.
    func checkReading() {
        guard !self.hasEnded, let context = self.context else { return }
        self.unread.look(waiting: self.waitingBytes(context))
        guard self.unread.readsNothing else { return }
        self.counters.count(.lobbyUnread)
        context.channel.abort()
    }

    /// Ends the answer as it should; an event that is not complete counts for nothing.
    ///
    /// - Parameter retryAfter: In how many milliseconds the page is to come back, at least the usual time; nil for that.
    func end(retryAfter: Int?) {
        guard !self.hasEnded, let channel = self.context?.channel else { return }
        self.stop()
        let words = retryAfter.map { LobbyText.retry(after: max($0, LobbyText.usualRetry)) } ?? LobbyText.heartbeat
        // In the middle of an event nothing more can be said: the page would take it for the event's end.
        LingeringClose.start(channel, saying: [self.writer.isDone ? words : ByteBuffer()], patience: self.patience)
    }

    private func stop() {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        self.streams.leave(self)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.unwanted += self.unwrapInboundIn(data).readableBytes
        if self.unwanted > Self.maximumUnwanted { context.channel.closeAtOnce() }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {}

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.draining(let retryAfter): self.end(retryAfter: retryAfter)
        case FrontDoorEvent.evicted: context.channel.closeAtOnce()
        default: break
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.channel.closeAtOnce() }

    package func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }
}
