// modules: RelayWire RelayClient
// length: 8192
// planted: Sources/RelayClient/Session/ClientSession+Inputs.swift | guard !message.isEmpty, message.count | guard message.count
import RelayClient
import RelayWire

/// A client's session, to which a relay says anything: what it sends stays such that a relay takes it, it is the same each time, and
/// what it keeps has a bound.
enum Target: FuzzTarget {
    /// What happens to the session: the messages of an input, each behind two bytes of its length, whose highest bits say what else happens.
    private struct Step {
        var message: [UInt8]
        var writes: Bool
        var closes: Bool
    }

    static func seeds() throws -> [[UInt8]] {
        try Vectors.each(of: "hex", in: "replica").map { messages in
            messages.flatMap { message -> [UInt8] in
                // 0xFF is the mark of a vector's end of a connection: a message that cannot be said.
                let count = UInt16(min(message.count, 0x3FFF))
                return [UInt8(count & 255), UInt8(count >> 8 | 0x40)] + message.prefix(Int(count))
            }
        }.filter { $0.count <= 8192 }
    }

    private static func steps(_ input: [UInt8]) -> [Step] {
        var (steps, rest): ([Step], ArraySlice<UInt8>) = ([], input[...])
        while rest.count >= 2 {
            let head = UInt16(rest[rest.startIndex]) | UInt16(rest[rest.startIndex + 1]) << 8
            rest = rest.dropFirst(2)
            let message = rest.prefix(Int(head & 0x3FFF))
            rest = rest.dropFirst(message.count)
            steps.append(Step(message: Array(message), writes: head & 0x4000 != 0, closes: head & 0x8000 != 0))
        }
        return steps
    }

    static func run(_ input: [UInt8]) {
        let steps = self.steps(input)
        let said = self.play(steps)
        expect(self.play(steps) == said, "the same input has the same outcome")
    }

    /// Plays a session. Returns everything that it sent.
    private static func play(_ steps: [Step]) -> [[UInt8]] {
        var session = ClientSession(room: "lobby", seed: 7)
        var renderer = Renderer(delay: nil, maximumExtrapolation: 0.1)
        var (now, said): (UInt64, [[UInt8]]) = (1_000_000_000, [])
        for (number, step) in steps.enumerated() {
            self.connect(&session, &now)
            step.message.withUnsafeBufferPointer { session.received(Span(_unsafeElements: $0), at: now) }
            if step.writes { self.write(number, &session, now) }
            session.advance(to: now)
            self.look(&session, &renderer, now)
            session.drainOutgoing { message in said.append(message.withUnsafeBufferPointer { Array($0) }) }
            while session.nextEvent() != nil {}
            if step.closes { session.connectionClosed(code: 1001, reason: "(retry after 5 ms)", at: now) }
            now += 20_000_000
        }
        for message in said { self.expectTaken(message) }
        return said
    }

    /// Does what the session asks of the owner of the socket.
    private static func connect(_ session: inout ClientSession, _ now: inout UInt64) {
        for _ in 0..<8 {
            switch session.takeDirective(at: now) {
            case .connect: session.connectionOpened(at: now)
            case .wait(let until): now = max(now, min(until, now + 60_000_000_000))
            case .close, .none: return
            case .finished: return
            }
        }
    }

    private static func write(_ number: Int, _ session: inout ClientSession, _ now: UInt64) {
        _ = session.set(.own(UInt16(number % 3)), "x", .integer(Int64(number)))
        _ = session.set(.own(0), "y", Double(number) * 0.37)
        _ = session.send("chat", .string("hello"))
        session.flush(at: now)
    }

    /// What a game does at each picture.
    private static func look(_ session: inout ClientSession, _ renderer: inout Renderer, _ now: UInt64) {
        renderer.observe(session, at: Double(now) / 1e9)
        _ = renderer.view(session, at: Double(now) / 1e9).entities(of: Thing.self)
        _ = session.replica.checksum
    }

    private struct Thing: RelayEntity {
        var x = 0.0
        var y = 0.0
    }

    private static func expectTaken(_ message: [UInt8]) {
        do throws(WireError) {
            guard case .uplink(let head, let offset) = try ClientMessage(decoding: message.span) else { return }
            _ = try OperationList(message.span, from: offset, count: head.operationCount, names: WireLimits.names)
        } catch {
            fatalError("NOT HELD: a relay takes what a client sends: \(error)")
        }
    }
}
