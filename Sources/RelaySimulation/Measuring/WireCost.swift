import RelayCore
import RelayWire

/// The bytes of ``WalkTrace`` on the wire, counted by playing it through a real room: one frame per tick to each player.
package struct WireCost: Sendable {
    /// Bytes to one player, over all frames.
    package struct Parts: Sendable {
        package var webSocketHeader = 0
        /// Kind, flags, tick and age.
        package var frameHeader = 0
        package var entities = 0
        package var heartbeat = 0
        /// The rest of frames that have names, roster or events. The trace changes none of these.
        package var other = 0

        package var all: Int { self.webSocketHeader + self.frameHeader + self.entities + self.heartbeat + self.other }
    }

    /// The same trace in other codings, WebSocket headers counted. Bytes to one player, over all frames.
    package struct Others: Sendable {
        /// Differences without packing: per update a head and a mask, per changed field an `svarint`; per frame an age and three
        /// counts. With heartbeats.
        package var byteOriented = 0
        /// Text, changed fields only, names spelt out. No heartbeat.
        package var json = 0
        /// A tick of 4 bytes; for each player a number of one byte and four floats. No heartbeat.
        package var float32 = 0
    }

    package private(set) var frames = 0
    /// Entities that a frame changes, over all frames.
    package private(set) var updates = 0
    package private(set) var parts = Parts()
    package private(set) var others = Others()
    /// By field: how often it changes by how many steps.
    private var histograms = WalkTrace.fields.map { _ in [Int64: Int]() }
    /// Final positions of the players according to the frames, in steps.
    package private(set) var finalSteps: [[Int64]] = []

    /// Plays the trace.
    package init(_ trace: WalkTrace) {
        var player = TracePlayer(trace)
        self.finalSteps = trace.start.map(WalkTrace.steps)
        for tick in trace.positions {
            let before = self.finalSteps
            self.count(player.play(tick))
            self.countOthers(before, tick)
        }
    }

    package var bytesPerFrame: Double { Double(self.parts.all) / Double(self.frames) }
    package var bytesPerUpdate: Double { self.perUpdate(self.parts.all) }
    package func perUpdate(_ bytes: Int) -> Double { Double(bytes) / Double(self.updates) }

    /// The order-0 entropy of the trace: bits per update of each field, were each difference coded by its frequency alone.
    package var entropy: [(field: String, bits: Double)] {
        zip(WalkTrace.fields, self.histograms).map { field, histogram in
            let total = Double(histogram.values.reduce(0, +))
            // Sorted, so that the last digits of the sum do not depend on the order of a dictionary.
            let terms = histogram.values.sorted().map { -Double($0) / total * log2(Double($0) / total) }
            return (field.name, terms.reduce(0, +))
        }
    }

    // MARK: Counting

    private mutating func count(_ frame: [UInt8]) {
        let webSocketHeader = WebSocketEncoder.headerLength(payloadCount: frame.count, masked: false)
        var cursor = WireCursor(offset: 1)
        let headerEnd = (try? cursor.frameHeader(frame.span)).map { _ in cursor.offset } ?? 0
        var visitor = CostVisitor(steps: self.finalSteps)
        cursor = WireCursor(offset: 1)
        do throws(WireError) {
            try cursor.frame(frame.span, into: &visitor)
        } catch {
            preconditionFailure("a room wrote a frame that cannot be read: \(error)")
        }
        self.finalSteps = visitor.steps
        self.frames += 1
        self.updates += visitor.updates
        self.parts.webSocketHeader += webSocketHeader
        self.parts.frameHeader += headerEnd
        self.parts.heartbeat += visitor.heartbeatBytes
        let rest = frame.count - headerEnd - visitor.heartbeatBytes
        if visitor.sections.isSubset(of: [.entities, .heartbeat]) {
            self.parts.entities += rest
        } else {
            self.parts.other += rest
        }
        let before = headerEnd + (visitor.isNext ? 1 : 0) + 3 + visitor.byteOriented + visitor.heartbeatBytes
        self.others.byteOriented += before + WebSocketEncoder.headerLength(payloadCount: before, masked: false)
    }

    private mutating func countOthers(_ before: [[Int64]], _ tick: [WalkTrace.Position]) {
        let json = 21 + "\(self.frames)".utf8.count + tick.indices.reduce(0) { $0 + self.jsonBytes(before[$1], $1) }
        let float32 = 4 + tick.count * (1 + 4 * WalkTrace.fields.count)
        self.others.json += json + WebSocketEncoder.headerLength(payloadCount: json, masked: false)
        self.others.float32 += float32 + WebSocketEncoder.headerLength(payloadCount: float32, masked: false)
        for player in tick.indices {
            for field in WalkTrace.fields.indices {
                self.histograms[field][self.finalSteps[player][field] - before[player][field], default: 0] += 1
            }
        }
    }

    /// `{"id":1,"x":12.34,"yaw":-90.5}` and a comma or bracket; around them `{"tick":17,"players":[` and `}`.
    private func jsonBytes(_ before: [Int64], _ player: Int) -> Int {
        let now = self.finalSteps[player]
        let fields = WalkTrace.fields.indices.filter { now[$0] != before[$0] }
        return 8 + "\(player + 1)".utf8.count
            + fields.reduce(0) { $0 + 4 + WalkTrace.fields[$1].name.utf8.count + Self.decimal(now[$1], field: $1).utf8.count }
    }

    /// The shortest decimal number, as a JSON encoder writes it.
    private static func decimal(_ steps: Int64, field: Int) -> String {
        let hundredths = steps * Int64((WalkTrace.fields[field].quantum * 100).rounded())
        let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// The logarithm to base 2, computed digit by digit, so that every machine gets the same.
private func log2(_ number: Double) -> Double {
    var (result, significand, digit) = (Double(number.exponent), number.significand, 0.5)
    for _ in 0..<52 {
        significand *= significand
        if significand >= 2 { (significand, result) = (significand / 2, result + digit) }
        digit /= 2
    }
    return result
}

/// Plays the trace through a room. The players' acknowledgements take 30 ms.
private struct TracePlayer: ~Copyable {
    private var room: Room
    private var tick: UInt64 = 1
    private var uplinks: UInt64 = 0
    private let schedule = TickSchedule(origin: Instant(nanoseconds: 1_000_000_000), rate: WalkTrace.rate)
    private static let roundTrip: UInt64 = 30_000_000

    init(_ trace: WalkTrace) {
        var configuration = RoomConfiguration()
        configuration.rate = WalkTrace.rate
        configuration.fields = WalkTrace.fields.map { DeclaredField(name: $0.name, quantum: $0.quantum) }
        self.room = Room(configuration: configuration, instance: RoomInstance(high: 1, low: 1), tick: Tick(rawValue: 1))
        for player in 0..<WalkTrace.players {
            self.room.take(.join(.player, ConnectionID(rawValue: UInt64(player + 1)), at: .zero))
        }
        self.runTick()
        _ = self.play(trace.start)
    }

    /// Runs one tick. Each player writes all its fields and acknowledges the previous frame.
    ///
    /// - Returns: The shared frame that all players get.
    mutating func play(_ positions: [WalkTrace.Position]) -> [UInt8] {
        self.uplinks += 1
        self.room.take(.reading(at: self.schedule.deadline(of: Tick(rawValue: self.tick))))
        let arrival = self.schedule.deadline(of: Tick(rawValue: self.tick)).advanced(by: Self.roundTrip)
        for player in positions.indices {
            let message = self.uplink(positions[player], of: player)
            let seat = SeatNumber(rawValue: UInt16(player + 1))
            message.withUnsafeBytes {
                _ = self.room.take(.message($0, from: seat, generation: 1, arrival: Arrival(at: arrival, isExact: true)))
            }
        }
        self.runTick()
        let deliveries = self.room.deliveries
        precondition(deliveries.count == positions.count)
        precondition(deliveries.allSatisfy { $0.coding == deliveries[0].coding && $0.privateRange == nil })
        return self.room.frame(deliveries[0].coding).writer.array
    }

    private func uplink(_ position: WalkTrace.Position, of player: Int) -> [UInt8] {
        var writer = WireWriter()
        writer.uplinkHead(
            UplinkHead(ack: Ack(tick: Tick(rawValue: self.tick), delay: 0), number: self.uplinks, operationCount: 1))
        writer.set(EntityID(SeatNumber(rawValue: UInt16(player + 1)), 0), fieldCount: position.count)
        for (index, number) in position.enumerated() {
            writer.field(.index(NameIndex(rawValue: UInt16(index))), StoredValue(.float(number)))
        }
        return writer.array
    }

    private mutating func runTick() {
        self.tick += 1
        let now = self.schedule.deadline(of: Tick(rawValue: self.tick))
        self.room.take(.tick(Tick(rawValue: self.tick), now: now, liveness: now))
        for delivery in self.room.deliveries {
            self.room.take(.handedOver(delivery, bytes: 0, at: now, liveness: now, isComplete: true))
        }
    }
}

/// Takes a frame apart: counts its updates and the bytes of its parts.
private struct CostVisitor: FrameVisitor {
    /// By player and field.
    private(set) var steps: [[Int64]]
    private(set) var sections: FrameSections = []
    /// Whether the frame's header omits the age.
    private(set) var isNext = false
    private(set) var updates = 0
    private(set) var heartbeatBytes = 0
    /// Bytes of the updates if coded as heads, masks and `svarint`s.
    private(set) var byteOriented = 0
    private var current = 0
    private var mask: UInt64 = 0

    init(steps: [[Int64]]) { self.steps = steps }

    private static func varintBytes(_ number: UInt64) -> Int { max(1, (70 - number.leadingZeroBitCount) / 7) }

    mutating func header(_ header: FrameHeader) throws(WireError) -> Bool {
        self.sections = header.sections
        self.isNext = header.coding == .delta && header.tick.since(header.baseline) == 1
        return true
    }
    mutating func updated(_ entity: EntityID) throws(WireError) {
        self.updates += 1
        (self.current, self.mask) = (Int(entity.space.rawValue) - 1, 0)
        self.byteOriented += Self.varintBytes(UInt64(entity.rawValue) * 2) + Self.varintBytes(0)
    }
    mutating func difference(_ name: NameIndex, _ difference: Int64) throws(WireError) {
        self.steps[self.current][Int(name.rawValue)] += difference
        let mask = self.mask | 1 << UInt64(name.rawValue)
        self.byteOriented += Self.varintBytes(mask) - Self.varintBytes(self.mask)
        self.byteOriented += Self.varintBytes(difference.magnitude * 2 - (difference < 0 ? 1 : 0))
        self.mask = mask
    }
    mutating func heartbeat(checksum: UInt32, stride: UInt64) throws(WireError) -> Int {
        self.heartbeatBytes += 4 + Self.varintBytes(stride)
        return self.steps.count
    }
    mutating func heartbeatRow(_ position: Int, rtt: UInt64?, lastUplink: UInt64) throws(WireError) {
        self.heartbeatBytes += Self.varintBytes(rtt.map { $0 + 1 } ?? 0) + Self.varintBytes(lastUplink)
    }

    // The trace changes none of these; their bytes count as `other`.
    mutating func name(_: Range<Int>, quantum: Double?, at: NameIndex, _: Span<UInt8>) throws(WireError) {}
    mutating func removed(_: EntityID) throws(WireError) {}
    mutating func replaced(_: EntityID, owner: SeatNumber, fieldCount: Int) throws(WireError) {}
    mutating func field(_: NameIndex, _: ValueView, _: Span<UInt8>) throws(WireError) {}
    mutating func host(_: SeatNumber) throws(WireError) {}
    mutating func row(_: RosterRow) throws(WireError) {}
    mutating func event(_: EventHead, _: ValueView, _: Span<UInt8>) throws(WireError) {}
    mutating func lost(through: Tick) throws(WireError) {}
}
