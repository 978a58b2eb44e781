import RelayWire

/// What has come in since the last tick: messages within their senders' budgets, and everything else that waits.
package struct Intake {
    package var inbox = Inbox()
    private var pauses = ReadPauses()
    /// The limits of one sender: messages per second, and in a burst.
    private let rate: UInt64
    private let burst: UInt64
    /// One sender's share of a full inbox: items, for this tick, and bytes.
    private var shareItems: Int
    private let leastShare: Int
    private let shareBytes: Int
    /// Maximum time between two reads unless we were held up: 1.5 times the longest period, at the slowest stride (250 ms at most) or
    /// of a slow room. Nanoseconds.
    private let ordinaryPause: UInt64

    init(_ configuration: RoomConfiguration) {
        (self.rate, self.burst) = (configuration.uplinkRate, configuration.uplinkBurst)
        let seats = configuration.maximumPlayers + configuration.maximumSpectators
        self.leastShare = max(256, Inbox.leastItemLimit / seats)
        self.shareItems = self.leastShare
        self.shareBytes = Inbox.maximumBytes / seats
        self.ordinaryPause = max(375_000_000, 1_500_000_000 / configuration.rate)
    }

    /// Items for each message of the budget that an inbox makes place for, and the longest pause of ours that it does so for, nanoseconds.
    private static let itemsPerMessage: UInt64 = 8
    private static let longestPause: UInt64 = 10_000_000_000

    /// The shell begins to read all connections.
    ///
    /// The inbox holds what all players may have sent since they were read before, and be it that we stood still: whoever keeps within
    /// its budget must not be taken for one who floods.
    mutating func beginReading(at now: Instant, seated: Int) {
        self.pauses.begin(at: now, ordinary: self.ordinaryPause)
        let passed = min(now.since(self.pauses.chargedSince), Self.longestPause)
        let perSeat = max(512, Int(Self.itemsPerMessage * self.rate * (passed / 1_000_000) / 1_000))
        self.inbox.itemLimit = max(Inbox.leastItemLimit, perSeat * seated)
        self.shareItems = max(self.leastShare, perSeat / 2)
    }

    /// Charges a ping or a pong. They have a bucket of their own, so that they cost nothing while they are not more than messages may be.
    func chargeControlFrame(of seat: Seat) -> Bool {
        seat.controlBudget.take(since: self.pauses.chargedSince, at: self.pauses.now, rate: self.rate, burst: self.burst)
    }

    /// Charges a request. A pause of ours is no excuse here as it is for messages: requests are not read from the seat's connection.
    func chargeRequest(of seat: Seat, at now: Instant) -> Bool {
        seat.requestBudget.take(since: now, at: now, rate: self.rate, burst: self.burst)
    }

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
        if seat.waitsFor != tick { (seat.waitsFor, seat.waitingItems, seat.waitingBytes) = (tick, 0, 0) }
        seat.waitingItems += 1
        seat.waitingBytes += message.count
        let isWithinShare = seat.waitingItems <= self.shareItems && seat.waitingBytes <= self.shareBytes
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

    /// Decodes an uplink's operations. What a room decodes and applies at a tick is bounded, and so is the time that it takes: where the inbox is
    /// full, each sender has its share.
    ///
    /// - Returns: Nil if its sender has more than that.
    mutating func decode(
        _ head: UplinkHead, _ message: Range<Int>, from offset: Int, names: Int, _ seat: Seat
    ) throws(WireError) -> AcceptedUplink? {
        let left = self.inbox.isFullOfItems ? max(0, self.shareItems - seat.waitingItems) : .max
        let decoded = try self.inbox.decode(head, message, from: offset, names: names, maximumItems: left)
        guard let (uplink, items) = decoded else { return nil }
        seat.waitingItems += items
        return uplink
    }

    /// Frees memory that only a room with players needs.
    mutating func releaseMemory() { (self.inbox, self.pauses) = (Inbox(), ReadPauses()) }
}
