import RelayClient
import RelayCore
import RelayWire

/// How many of one session's events the session accepted and the room logged.
struct AuthorRecord {
    var publicAccepted: UInt64 = 0
    var privateAccepted: UInt64 = 0
    var publicLogged: UInt64 = 0
    var privateLogged: UInt64 = 0
    /// The seat was lost, or the room's log dropped events unseen: the next event logged may skip some.
    var mayMissEvents = false
    /// Public events accepted when some may last have been lost. Nobody knows how many of these the room has applied.
    var forgivenThrough: UInt64 = 0

    mutating func forgive() { (self.mayMissEvents, self.forgivenThrough) = (true, self.publicAccepted) }
}

/// The events that one client's session has reported so far, as the checks need them.
struct Observer {
    /// Position in the history of the next event that may be delivered.
    var nextEvent = 0
    /// Newest tick applied on this seat.
    var cursor = Tick.none
    var lostThrough: Tick?
    var frameEvents: [RoomEvent] = []
    var openTickets: [UInt64] = []
    var gaps = 0
    /// Gaps by the time the faults ended.
    var earlyGaps = 0
    var delivered: UInt64 = 0
    var hasRefusals = false
    var confirmed: UInt64 = 0
    var lastClose: CloseCode?
    var generation: UInt64 = 0
}

/// A player or spectator: a real session, its connection, and how it fares.
final class SimulatedClient {
    /// Number of the session, from 1; never reused.
    let author: Int
    let role: Role
    var session: ClientSession
    var random: SplitMix64
    /// A generator of its own, so that hiding changes nothing else in a world.
    var moods: SplitMix64
    var workload = Workload()
    var observer = Observer()

    var connection: SimulatedConnection?
    /// When the present connection attempt ends; nil if there is none.
    var openAt: UInt64?
    /// Whether that attempt succeeds.
    var willOpen = true
    /// The newest instant this client lived through.
    var clock: UInt64
    var nextFlush: UInt64
    var frozenUntil: UInt64 = 0
    /// Until then the client reads only one message, or a part of one, every `readPace` nanoseconds.
    var slowUntil: UInt64 = 0
    var readPace: UInt64 = 0
    var nextRead: UInt64 = 0
    /// The connection from which the client reads nothing more.
    var neverReads: SimulatedConnection?
    var joinAgainAt: UInt64?
    var overAt: UInt64?
    /// It got a message that no relay sends, and may ignore frames since.
    var wasGarbled = false
    /// A private message came whose shared frame is still on its way.
    var awaitsShared = false
    /// Until then each message that it sends takes another 400 ms.
    var spikeUntil: UInt64 = 0

    init(author: Int, role: Role, session: consuming ClientSession, random: SplitMix64, startAt: UInt64) {
        (self.author, self.role, self.random) = (author, role, random)
        self.moods = SplitMix64(seed: UInt64(author))
        self.session = session
        (self.clock, self.nextFlush) = (startAt, startAt)
    }

    /// Whether another client may take this one's place.
    func isOver(at now: UInt64) -> Bool { self.overAt.map { $0 <= now } ?? false }

    /// Ends this client's faults.
    func calmDown(at now: UInt64) {
        // The others stay hidden, and get well all the same.
        if self.author % 2 == 0 { self.session.hide(false, at: now) }
        self.frozenUntil = min(self.frozenUntil, now)
        self.slowUntil = min(self.slowUntil, now)
        self.observer.hasRefusals = false
        self.observer.earlyGaps = self.observer.gaps
    }

    /// The client's state, for failure messages.
    var situation: String {
        let connection = self.connection.map { "connection \($0.number) \($0.stage), reads at \(self.nextReadAt ?? 0)" }
        let close = self.observer.lastClose.map { "\($0)" } ?? "none"
        return "now \(self.clock), deadline \(self.session.nextDeadline ?? 0), opens at \(self.openAt ?? 0), over at "
            + "\(self.overAt ?? 0), joins again at \(self.joinAgainAt ?? 0), \(connection ?? "no connection"), last close \(close)"
    }

    /// When something happens here next; nil if nothing will.
    var nextEventAt: UInt64? {
        guard self.overAt == nil else { return nil }
        var next = self.nextFlush
        if let openAt = self.openAt { next = min(next, openAt) }
        if let readAt = self.nextReadAt { next = min(next, readAt) }
        if let deadline = self.session.nextDeadline { next = min(next, deadline) }
        return max(next, self.frozenUntil, self.clock)
    }

    /// When it reads from its connection next.
    var nextReadAt: UInt64? {
        guard let connection = self.connection, self.openAt == nil, self.neverReads !== connection,
            let at = connection.down.nextAt
        else { return nil }
        return max(at, self.nextRead)
    }
}

extension World {
    func newClient(_ role: Role) -> SimulatedClient {
        self.authors.append(AuthorRecord())
        var random = self.random.fork()
        var options = SessionOptions()
        options.attemptTimeout = random.within(1_800...5_000 as ClosedRange<UInt64>) * 1_000_000
        options.pendingEvents = random.pick([8, 64, 256])
        options.pendingEntities = random.pick([2, 16, 4_096])
        let session = ClientSession(room: "arena", role: role, options: options, seed: random.next())
        let start = self.now + random.below(1_500_000_000 as UInt64)
        return SimulatedClient(author: self.authors.count, role: role, session: session, random: random, startAt: start)
    }

    /// Lets a client live until `end`.
    func run(_ client: SimulatedClient, until end: UInt64) {
        var rounds = 0
        while self.failure == nil, let at = client.nextEventAt, at <= end {
            client.clock = at
            self.happen(client, at)
            rounds += 1
            if rounds > 20_000 {
                self.fail(
                    "client \(client.author) does not come to rest: deadline \(client.session.nextDeadline ?? 0), now \(at)")
            }
        }
    }

    private func happen(_ client: SimulatedClient, _ now: UInt64) {
        if let openAt = client.openAt, openAt <= now {
            self.open(client, now)
        } else if let readAt = client.nextReadAt, readAt <= now {
            self.readOne(client, now)
        } else if let deadline = client.session.nextDeadline, deadline <= now {
            client.session.advance(to: now)
        } else {
            client.nextFlush = now + self.plan.flushInterval
            self.play(client, now)
        }
        self.serve(client, now)
    }

    private func open(_ client: SimulatedClient, _ now: UInt64) {
        client.openAt = nil
        guard let connection = client.connection, client.willOpen, now >= self.startedAt else {
            client.connection = nil
            return client.session.connectionFailed(at: now)
        }
        self.network.connections.append(connection)
        client.session.connectionOpened(at: now)
    }

    private func readOne(_ client: SimulatedClient, _ now: UInt64) {
        guard let connection = client.connection else { return }
        if now < client.slowUntil { client.nextRead = now + client.readPace }
        guard !connection.down.isAtEnd else { return self.end(client, connection, code: nil, now) }
        var (bytes, offset) = (connection.down.readChunk(), 0)
        bytes.withUnsafeMutableBytes { bytes in
            do throws(WebSocketError) {
                while client.connection === connection, let item = try connection.decoder.next(in: bytes, from: &offset) {
                    self.take(item, client, connection, now)
                }
            } catch {
                self.fail("client \(client.author) got what is not WebSocket: \(error)")
            }
        }
    }

    private func take(_ item: WebSocketItem, _ client: SimulatedClient, _ connection: SimulatedConnection, _ now: UInt64) {
        switch item {
        case .message(let message): self.take(Array(message.payload), client, now)
        case .close(let code, _): self.end(client, connection, code: code, now)
        case .pong(let payload):
            // The newest ping is answered, older ones need not be.
            self.require(
                payload.count == 1 && payload[0] > connection.pongs && payload[0] <= connection.pings,
                "client \(client.author) got a pong for no ping")
            connection.pongs = payload.first ?? 0
            self.totals.pongs += 1
        case .ping: self.fail("client \(client.author) got a ping")
        }
    }

    /// The relay has closed the connection with a close frame, or it is broken.
    private func end(_ client: SimulatedClient, _ connection: SimulatedConnection, code: UInt16?, _ now: UInt64) {
        client.connection = nil
        if let code { connection.sendClose(code, at: now) } else { connection.reset(at: now) }
        client.observer.lastClose = code.flatMap { CloseCode(rawValue: $0) }
        self.checkClose(client.observer.lastClose, client)
        client.session.connectionClosed(code: code, reason: "", at: now)
    }

    private func take(_ message: [UInt8], _ client: SimulatedClient, _ now: UInt64) {
        self.trace(client, "reads \(Self.headline(message))")
        client.awaitsShared = message[0] == ServerMessageKind.private.rawValue
        let (before, wasWhole) = (client.session.replica.tick, client.session.isReplicaWhole)
        client.session.received(message.span, at: now)
        self.require(
            client.session.statistics.framesIgnored == 0 || client.wasGarbled,
            "client \(client.author), \(wasWhole ? "whole" : "broken") at \(before.rawValue), could not apply \(Self.headline(message))"
        )
        self.require(client.session.statistics.divergences == 0, "client \(client.author) found a checksum that differs")
    }

    private static func headline(_ message: [UInt8]) -> String {
        var cursor = WireCursor(offset: 1)
        guard let header = try? cursor.frameHeader(message.span) else { return "bytes that are no frame" }
        return
            "a \(header.coding) frame of \(header.tick.rawValue) from \(header.baseline.rawValue), flags \(header.sections.rawValue)"
    }

    /// Serves the session after an input, as every owner must: sends its messages, takes its events, follows its directives.
    func serve(_ client: SimulatedClient, _ now: UInt64) {
        self.drain(client, now)
        while let event = client.session.nextEvent() { self.observe(event, client, now) }
        while true {
            switch client.session.takeDirective(at: now) {
            case .connect: self.connect(client, now)
            case .close(let code): self.hangUp(client, code, now)
            case .wait, .none: return
            case .finished:
                if client.overAt == nil { client.overAt = now + client.random.below(2_000_000_000 as UInt64) }
                return
            }
        }
    }

    private func drain(_ client: SimulatedClient, _ now: UInt64) {
        guard client.session.hasOutgoing else { return }
        guard let connection = client.connection else {
            return client.session.drainOutgoing { _ in }
        }
        var delay: UInt64 = 0
        if self.plan.jitter > 0 { delay += client.random.below(self.plan.jitter * 1_000) }
        if now < client.spikeUntil { delay += 400_000_000 }
        client.session.drainOutgoing { bytes in
            self.trace(client, "sends \(bytes[0]), \(bytes.count) bytes on connection \(connection.number)")
            connection.send(bytes, at: now + delay)
            if self.plantedDefect == .uplinkRenumbered, let again = Self.renumbered(bytes) {
                connection.send(again.span, at: now + delay)
            }
        }
    }

    private func connect(_ client: SimulatedClient, _ now: UInt64) {
        let latency = client.random.within(self.plan.latency) * 1_000
        let connection = self.network.makeConnection(latency: latency, isHonest: true)
        (client.connection, client.openAt, client.nextRead) = (connection, now + 3 * latency, 0)
        client.awaitsShared = false
        client.willOpen = !client.random.chance(self.rates.refusedConnect)
    }

    private func hangUp(_ client: SimulatedClient, _ code: UInt16, _ now: UInt64) {
        guard let connection = client.connection else { return }
        connection.sendClose(code, at: now)
        (client.connection, client.openAt) = (nil, nil)
    }

    /// A client that keeps to the protocol must never be closed for breaking it.
    private func checkClose(_ code: CloseCode?, _ client: SimulatedClient) {
        switch code {
        case nil, .left, .roomFull, .tokenSuperseded, .seatGone, .replaced, .stalled: break
        case .rateLimited: self.totals.rateLimited += 1
        case .some(let code): self.fail("client \(client.author) was closed with \(code)")
        }
    }

    /// The defect ``Defect/uplinkRenumbered``: the same uplink under the next number.
    private static func renumbered(_ bytes: Span<UInt8>) -> [UInt8]? {
        guard case .uplink(let head, let offset)? = try? ClientMessage(decoding: bytes) else { return nil }
        var writer = WireWriter()
        writer.uplinkHead(UplinkHead(ack: head.ack, number: head.number + 1, operationCount: head.operationCount))
        writer.raw(bytes.withUnsafeBufferPointer { Array($0[offset...]) })
        return writer.array
    }
}
