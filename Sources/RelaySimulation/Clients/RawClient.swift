import RelayClient
import RelayCore
import RelayWire

/// A peer on the wire without a session: a hostile player, or a second holder of another client's token.
final class RawClient {
    enum Kind: Equatable {
        case hostile
        /// Rejoins with another client's token. `acknowledges`: whether it then acknowledges its frames.
        case rival(token: [UInt8], acknowledges: Bool)
    }

    let kind: Kind
    var random: SplitMix64
    var connection: SimulatedConnection?
    var clock: UInt64
    var nextAct: UInt64
    var lastsUntil: UInt64
    /// Newest tick of a frame that was read.
    var tick = Tick.none
    var seat: SeatNumber?
    var token: [UInt8]?
    var uplink: UInt64 = 0
    var isFinishing = false
    var isOver = false

    init(kind: Kind, random: SplitMix64, at now: UInt64) {
        (self.kind, self.random, self.clock, self.nextAct) = (kind, random, now, now)
        self.lastsUntil = .max
    }
}

extension World {
    func newRaw(_ kind: RawClient.Kind, at now: UInt64) -> RawClient {
        let raw = RawClient(kind: kind, random: self.random.fork(), at: now)
        raw.nextAct = now + raw.random.below(1_000_000_000 as UInt64)
        if kind != .hostile { raw.lastsUntil = now + raw.random.within(200_000_000...8_000_000_000 as ClosedRange<UInt64>) }
        return raw
    }

    /// Call when a client has lost its connection. May start a rival that rejoins with its token, before or after the client.
    func perhapsRace(_ client: SimulatedClient, _ now: UInt64) {
        guard client.random.chance(self.rates.racingRejoin), let token = client.session.welcome?.token else { return }
        self.totals.faults += 1
        let acknowledges = client.random.below(3 as UInt64) == 0
        self.raws.append(self.newRaw(.rival(token: token, acknowledges: acknowledges), at: now))
    }

    func run(_ raw: RawClient, until end: UInt64) {
        while self.failure == nil, !raw.isOver {
            let readAt = raw.connection?.down.nextAt ?? .max
            let at = max(min(readAt, raw.nextAct), raw.clock)
            guard at <= end else { return }
            raw.clock = at
            if readAt <= at { self.readOne(raw, at) } else { self.act(raw, at) }
        }
    }

    private func readOne(_ raw: RawClient, _ now: UInt64) {
        guard let connection = raw.connection else { return }
        if connection.down.isAtEnd {
            return self.end(raw, connection, now)
        }
        var (bytes, offset) = (connection.down.readChunk(), 0)
        bytes.withUnsafeMutableBytes { bytes in
            while raw.connection === connection, let item = try? connection.decoder.next(in: bytes, from: &offset) {
                switch item {
                case .message(let message): self.take(Array(message.payload), raw)
                case .close:
                    self.totals.hostileCloses += 1
                    self.end(raw, connection, now)
                case .ping, .pong: break
                }
            }
        }
    }

    private func end(_ raw: RawClient, _ connection: SimulatedConnection, _ now: UInt64) {
        connection.reset(at: now)
        (raw.connection, raw.tick) = (nil, .none)
        if case .rival = raw.kind { raw.isOver = true }
    }

    private func take(_ message: [UInt8], _ raw: RawClient) {
        var cursor = WireCursor(offset: 1)
        switch ServerMessageKind(rawValue: message[0]) {
        case .welcome:
            guard let welcome = try? cursor.welcome(message.span) else { return self.fail("a welcome that cannot be read") }
            if raw.seat != welcome.seat || welcome.lastUplink == 0 { raw.uplink = welcome.lastUplink }
            (raw.seat, raw.token) = (welcome.seat, welcome.token)
        case .frame:
            guard let header = try? cursor.frameHeader(message.span) else { return self.fail("a frame that cannot be read") }
            raw.tick = header.tick
        case .private, .players, nil: break
        }
    }

    private func act(_ raw: RawClient, _ now: UInt64) {
        raw.nextAct = now + raw.random.within(10_000_000...400_000_000 as ClosedRange<UInt64>)
        if raw.isFinishing || now >= raw.lastsUntil {
            raw.connection?.reset(at: now)
            raw.isOver = true
            return
        }
        guard let connection = raw.connection else { return self.connect(raw, now) }
        switch raw.kind {
        case .rival(_, let acknowledges):
            guard acknowledges, raw.tick > .none else { return }
            self.send(raw, connection, now) { writer in writer.ack(Ack(tick: raw.tick, delay: 0)) }
        case .hostile:
            guard raw.seat != nil else { return }
            self.offend(raw, connection, now)
        }
    }

    private func connect(_ raw: RawClient, _ now: UInt64) {
        let connection = self.network.makeConnection(latency: raw.random.within(self.plan.latency) * 1_000, isHonest: false)
        raw.connection = connection
        self.network.connections.append(connection)
        var token = raw.token
        if case .rival(let stolen, _) = raw.kind { token = stolen }
        if raw.kind == .hostile, raw.random.below(3 as UInt64) == 0 { token = nil }
        self.send(raw, connection, now) { writer in
            if let token {
                writer.rejoin(Rejoin(room: "arena", token: token, epoch: 1, tick: .none, confirmed: 0))
            } else {
                writer.hello(Hello(room: "arena", role: raw.random.below(4 as UInt64) == 0 ? .spectator : .player))
            }
        }
    }

    private func send(
        _ raw: RawClient, _ connection: SimulatedConnection, _ now: UInt64, _ write: (inout WireWriter) -> Void
    ) {
        var writer = WireWriter(capacity: 128)
        write(&writer)
        connection.send(writer.array.span, at: now)
    }

    // MARK: Offences

    private func offend(_ raw: RawClient, _ connection: SimulatedConnection, _ now: UInt64) {
        switch raw.random.below(30 as Int) {
        case 0:
            self.send(raw, connection, now) { writer in
                for _ in 0..<20 { writer.u8(UInt8(truncatingIfNeeded: raw.random.next())) }
            }
        case 1: self.send(raw, connection, now) { $0.ack(Ack(tick: raw.tick.advanced(by: 1_000), delay: 0)) }
        case 2: self.send(raw, connection, now) { $0.u8(0x77) }
        case 3: self.send(raw, connection, now) { $0.hello(Hello(room: "arena")) }
        case 4: for _ in 0..<300 { self.send(raw, connection, now) { $0.ack(Ack(tick: raw.tick, delay: 0)) } }
        case 5: self.send(raw, connection, now) { $0.resync(Ack(tick: raw.tick, delay: 0), .checksum) }
        case 6: self.send(raw, connection, now) { $0.leave() }
        case 7: self.send(raw, connection, now) { $0.u8(ClientMessage.Kind.uplink.rawValue) }
        case 8: connection.reset(at: now)
        case 9...12: self.sendUplink(raw, connection, now, number: raw.uplink)
        case 13...14: self.send(raw, connection, now) { $0.ack(Ack(tick: raw.tick, delay: 1 << 50)) }
        case 15: connection.send([1, 2, 3].span, at: now, opcode: .text)
        case 16: connection.up.send([0x82, 0x01, 0x00], arriving: now + connection.latency)  // not masked
        case 17: connection.up.send([0xF2, 0x80, 0, 0, 0, 0], arriving: now + connection.latency)  // reserved bits
        case 18: connection.up.send([0x02, 0x81, 0, 0, 0, 0], arriving: now + connection.latency)  // a frame that never ends
        case 19: for count in 0..<40 as Range<UInt8> { connection.send([count].span, at: now, opcode: .ping) }
        case 20: connection.sendClose(4_999, at: now)
        case 21: self.send(raw, connection, now) { $0.visibility(Ack(tick: raw.tick, delay: 0), isHidden: raw.uplink % 2 == 0) }
        default:
            raw.uplink += raw.random.within(1...3 as ClosedRange<UInt64>)
            self.sendUplink(raw, connection, now, number: raw.uplink)
        }
    }

    /// Sends an uplink that can be decoded; the room must refuse most of its operations.
    private func sendUplink(_ raw: RawClient, _ connection: SimulatedConnection, _ now: UInt64, number: UInt64) {
        let count = raw.random.within(0...6)
        self.send(raw, connection, now) { writer in
            writer.uplinkHead(UplinkHead(ack: Ack(tick: raw.tick, delay: 5), number: max(1, number), operationCount: count))
            for _ in 0..<count { Self.writeOperation(&writer, raw) }
        }
    }

    private static func writeOperation(_ writer: inout WireWriter, _ raw: RawClient) {
        let space = SeatNumber(rawValue: UInt16(raw.random.below(2 as Int) == 0 ? 0 : raw.random.within(1...9)))
        let own = raw.seat.flatMap { $0.isSpectator ? nil : $0 } ?? .room
        // Never the counter's entity, which is number 0 of the room.
        let entity = EntityID(raw.random.below(3 as Int) == 0 ? space : own, UInt16(raw.random.within(1...12)))
        let name = OutgoingName.inline(raw.random.below(40 as Int) == 0 ? "h\(raw.random.below(400 as Int))" : "i")
        let value = StoredValue(Workload.value(&raw.random))
        switch raw.random.below(8 as Int) {
        case 0: writer.remove(entity)
        case 1: writer.event(name, .host, value)
        case 2: writer.event(name, .all, value)
        case 3: writer.event(name, .seats, seats: [SeatNumber(rawValue: UInt16(raw.random.within(1...2_047)))], value)
        case 4: writer.compareAndSet(entity, name, expected: value, new: StoredValue(Workload.value(&raw.random)))
        default:
            let count = raw.random.within(0...3)
            writer.set(entity, fieldCount: count)
            for _ in 0..<count { writer.field(name, StoredValue(Workload.value(&raw.random))) }
        }
    }
}
