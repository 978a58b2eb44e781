/// The flags byte of a private message: the lists that it has.
@usableFromInline package struct PrivateSections: OptionSet, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let results = PrivateSections(rawValue: 1)
    package static let events = PrivateSections(rawValue: 2)
    package static let lost = PrivateSections(rawValue: 4)
}

/// The message of a tick that only one seat gets. Decoded whole, because private messages are rare.
package struct PrivateMessage: Hashable, Sendable {
    package var tick: Tick
    /// Newest uplink number applied for this seat.
    package var lastUplink: UInt64
    package var results: [OperationResult] = []
    package var events: [Event] = []
    /// Private events and results of this tick and before may be missing.
    package var lostThrough: Tick?

    /// An event to this seat alone.
    package struct Event: Hashable, Sendable {
        package var head: EventHead
        package var value: Value
        package init(head: EventHead, value: Value) { (self.head, self.value) = (head, value) }
    }

    package init(tick: Tick, lastUplink: UInt64) { (self.tick, self.lastUplink) = (tick, lastUplink) }
}

extension WireWriter {
    /// Appends kind, flags, tick and the newest uplink number; the lists follow.
    package mutating func privateHeader(_ sections: PrivateSections, tick: Tick, lastUplink: UInt64) {
        self.u8(ServerMessageKind.private.rawValue)
        self.u8(sections.rawValue)
        self.tick(tick)
        self.varint(lastUplink)
    }

    /// Appends a whole private message.
    package mutating func privateMessage(_ message: PrivateMessage) {
        var sections: PrivateSections = []
        if !message.results.isEmpty { sections.insert(.results) }
        if !message.events.isEmpty { sections.insert(.events) }
        if message.lostThrough != nil { sections.insert(.lost) }
        self.privateHeader(sections, tick: message.tick, lastUplink: message.lastUplink)
        if !message.results.isEmpty {
            self.varint(message.results.count)
            for result in message.results { self.result(result) }
        }
        if !message.events.isEmpty {
            self.varint(message.events.count)
            for event in message.events { self.event(event.head, at: message.tick, after: 0, StoredValue(event.value)) }
        }
        if let lost = message.lostThrough { self.varint(message.tick.rawValue - lost.rawValue) }
    }
}

extension WireCursor {
    /// A private message, after its kind byte, to the end of the message.
    package mutating func privateMessage(_ bytes: Span<UInt8>) throws(WireError) -> PrivateMessage {
        let flags = try self.u8(bytes)
        guard flags & ~7 == 0 else { throw .reservedBits(flags) }
        let sections = PrivateSections(rawValue: flags)
        let tick = try self.tick(bytes)
        var message = PrivateMessage(
            tick: tick, lastUplink: try self.varint(bytes, in: 0...WireLimits.safeInteger, .uplinkNumber)
        )
        if sections.contains(.results) {
            for _ in 0..<(try self.varint(bytes, in: 1...WireLimits.safeInteger, .count)) {
                message.results.append(try self.result(bytes))
            }
        }
        if sections.contains(.events) {
            for _ in 0..<(try self.varint(bytes, in: 1...WireLimits.safeInteger, .count)) {
                let head = try self.eventHead(bytes, at: tick, after: 0)
                guard head.audience == .host || head.audience == .seats else {
                    throw .outOfRange(.audience, UInt64(head.audience.rawValue))
                }
                message.events.append(.init(head: head, value: StoredValue(try self.value(bytes), in: bytes).value))
            }
        }
        if sections.contains(.lost) { message.lostThrough = try self.pastTick(bytes, tick) }
        try self.end(bytes)
        return message
    }

    private mutating func result(_ bytes: Span<UInt8>) throws(WireError) -> OperationResult {
        let uplink = try self.varint(bytes, in: 1...WireLimits.safeInteger, .uplinkNumber)
        let operation = try self.varint(bytes, in: 0...UInt64(WireLimits.listCount) - 1, .operation)
        return OperationResult(uplink: uplink, operation: UInt8(operation), code: try self.choice(bytes, .code))
    }
}
