import RelayWire

/// What has come in since the last tick: messages within their senders' budgets, and everything else that waits.
package struct Intake {
    package var inbox = Inbox()
    private var pauses = ReadPauses()
    /// The limits of one sender: messages per second, and in a burst.
    private let rate: UInt64
    private let burst: UInt64
    /// One sender's share of a full inbox.
    private let shareEntries: Int
    private let shareBytes: Int
    /// Maximum time between two reads unless we were held up: 1.5 times the longest period, at the slowest stride (250 ms at most) or
    /// of a slow room. Nanoseconds.
    private let ordinaryPause: UInt64

    init(_ configuration: RoomConfiguration) {
        (self.rate, self.burst) = (configuration.uplinkRate, configuration.uplinkBurst)
        let seats = configuration.maximumPlayers + configuration.maximumSpectators
        (self.shareEntries, self.shareBytes) = (Inbox.maximumEntries / seats, Inbox.maximumBytes / seats)
        self.ordinaryPause = max(375_000_000, 1_500_000_000 / configuration.rate)
    }

    /// The shell begins to read all connections.
    mutating func beginReading(at now: Instant) { self.pauses.begin(at: now, ordinary: self.ordinaryPause) }

    /// Takes one whole message from a seat's connection. Charges its sender and copies it at once; the tick decodes it.
    ///
    /// - Parameter tick: The room's last.
    /// - Returns: Whether to go on reading: false if the room will take no more messages from this connection.
    mutating func receive(
        _ message: Span<UInt8>, from seat: Seat, after tick: Tick, _ arrival: Arrival, _ out: inout Outbox
    ) -> Bool {
        guard !seat.hasSaidLast else {
            out.count(.messagesAfterLast)
            return false
        }
        if let why = self.refusal(of: message, from: seat, after: tick) {
            out.count(why)
            seat.hasOverflowed = true
            return false
        }
        var arrival = arrival
        arrival.at = max(arrival.at, seat.lastArrival)
        seat.lastArrival = arrival.at
        self.inbox.addMessage(message, seat: seat.number, generation: seat.generation, at: arrival)
        seat.hasSaidLast = !ClientMessage.mayBeFollowed(message)
        return !seat.hasSaidLast
    }

    /// Nil if a message is within its sender's budget and fits into the inbox. All messages after a lost one are lost too: uplinks are
    /// applied in order or not at all.
    private func refusal(of message: Span<UInt8>, from seat: Seat, after tick: Tick) -> RoomCounter? {
        if seat.hasOverflowed { return .messagesAfterLoss }
        guard self.charge(message, to: seat) else { return .messagesOverBudget }
        if seat.waitsFor != tick { (seat.waitsFor, seat.waitingMessages, seat.waitingBytes) = (tick, 0, 0) }
        seat.waitingMessages += 1
        seat.waitingBytes += message.count
        let isWithinShare = seat.waitingMessages <= self.shareEntries && seat.waitingBytes <= self.shareBytes
        return !self.inbox.isFull || isWithinShare ? nil : .inboxOverflows
    }

    /// Charges a message to its sender; false if the budget is used up. Repeated uplinks have a bucket of their own, so that
    /// resending uplinks to be safe does not use up the budget for new ones.
    private func charge(_ message: Span<UInt8>, to seat: Seat) -> Bool {
        let (since, now) = (self.pauses.chargedSince, self.pauses.now)
        if let number = ClientMessage.uplinkNumber(of: message) {
            if number <= max(seat.lastUplink, seat.newestNumberRead) {
                return seat.repeatBudget.take(since: since, at: now, rate: self.rate, burst: self.burst)
            }
            seat.newestNumberRead = number
        }
        return seat.budget.take(since: since, at: now, rate: self.rate, burst: self.burst)
    }

    /// Decodes an uplink's operations, unless the inbox is full of others' and its sender has its share: what a tick decodes and applies is
    /// bounded, and so is the time that it takes.
    ///
    /// - Returns: Nil if it has.
    mutating func decode(
        _ head: UplinkHead, _ message: Range<Int>, from offset: Int, names: Int, _ seat: Seat
    ) throws(WireError) -> AcceptedUplink? {
        // An operation, a field and a receiver take two bytes or more each, and one of them a message's own.
        if self.inbox.isFullOfEntries, seat.waitingMessages + (message.count - offset) / 2 > self.shareEntries { return nil }
        let before = self.inbox.operationCount
        let uplink = try self.inbox.decode(head, message, from: offset, names: names)
        seat.waitingMessages += self.inbox.operationCount - before
        return uplink
    }

    /// Frees memory that only a room with players needs.
    mutating func releaseMemory() { (self.inbox, self.pauses) = (Inbox(), ReadPauses()) }
}
