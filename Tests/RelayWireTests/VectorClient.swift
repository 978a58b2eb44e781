import RelayWire

/// Fills in what follows from the decisions of a vector's steps: what the client sends, and the events that it hands over.
struct VectorClient {
    /// The newest tick applied on this connection, and when. Milliseconds.
    private var newest: UInt64 = 0
    private var appliedAt: UInt64 = 0
    private var now: UInt64 = 0
    /// The tick that a rejoin names.
    private var resumable: UInt64 = 0
    private var confirmed: UInt64 = 0
    /// The newest welcome.
    private var welcome: JSON = [:]
    private var names: [JSON] = []
    private var half: JSON?

    /// The step as the file has it.
    mutating func json(_ step: ReplicaStep) -> JSON {
        switch step.input {
        case .message(let bytes): return self.message(bytes, step)
        case .write(let entity):
            let removal: JSON = ["op": "remove", "entity": .unsigned(UInt64(entity.rawValue))]
            return JSON.object([]).adding("write", [removal]).adding("sent", Self.list(step.uplinks))
        case .wait(let milliseconds, let acknowledges):
            self.now += milliseconds
            return JSON.object([]).adding("wait", .unsigned(milliseconds))
                .adding("acknowledges", acknowledges.map { .unsigned($0) })
                .adding("decision", step.decision.map { _ in "giveUp" })
        }
    }

    private mutating func message(_ bytes: [UInt8], _ step: ReplicaStep) -> JSON {
        var json: JSON = ["hex": .string(hex(bytes))]
        if let opening = step.opening {
            json = json.adding("after", .string(opening.rawValue)).adding("opens", .string(hex(self.opens(opening))))
            (self.newest, self.half) = (0, nil)
        }
        let said = Self.described(bytes) ?? [:]
        let half = self.half
        self.half = nil
        switch step.decision {
        case .hold:
            self.half = said
            return json.adding("decision", "hold")
        case .apply(let state, let delivered, let gap) where step.opening == nil:
            let sent = self.applied(said, half, step)
            json = json.adding("decision", "apply").adding("sent", Self.list(sent + step.uplinks))
            json = json.adding("gap", gap ? true : nil).adding("events", self.events(delivered, said, half))
            return json.adding("results", Self.results(step.results)).adding("state", state?.json)
        case .apply(let state, _, _):
            let gap = self.welcomed(said) && step.opening == .rejoin
            json = json.adding("decision", "apply").adding("uplinkGap", gap ? true : nil)
            return json.adding("sent", Self.list(step.uplinks)).adding("state", state?.json)
        case .resync(let reason, let delivered):
            if reason == .checksum { _ = self.applied(said, half, step) }
            self.resumable = 0
            let delay = self.newest == 0 ? 0 : (self.now - self.appliedAt) * 1_000
            let request = wire { $0.resync(Ack(self.newest, delay: delay), reason) }
            json = json.adding("decision", "resync").adding("reason", .unsigned(UInt64(reason.rawValue)))
            json = json.adding("sent", Self.list([request])).adding("events", self.events(delivered, said, half))
            return json.adding("results", Self.results(step.results))
        case .ignore: return json.adding("decision", "ignore")
        case .giveUp, nil:
            // A frame makes a welcomed client give up only by being refused.
            if bytes.first == ServerMessageKind.frame.rawValue, step.opening == nil { self.resumable = 0 }
            return json.adding("decision", "giveUp")
        }
    }

    private func opens(_ opening: ReplicaStep.Opening) -> [UInt8] {
        guard opening == .rejoin, case .string(let token)? = self.welcome["token"] else {
            return wire { $0.hello(Hello(room: "lobby", role: .player)) }
        }
        let rejoin = Rejoin(
            room: "lobby", token: bytes(token), epoch: self.welcome.number("epoch"), tick: Tick(rawValue: self.resumable),
            confirmed: self.confirmed
        )
        return wire { $0.rejoin(rejoin) }
    }

    /// True if the welcome has an uplink gap.
    private mutating func welcomed(_ welcome: JSON) -> Bool {
        let hasGap = welcome.number("flags") & 2 != 0
        let isSame = welcome.number("seat") == self.welcome.number("seat")
        self.confirmed = hasGap || !isSame ? welcome.number("lastUplink") : max(self.confirmed, welcome.number("lastUplink"))
        if welcome.number("flags") & 1 == 0 { (self.resumable, self.names) = (0, []) }
        self.welcome = welcome
        return hasGap
    }

    /// A frame was applied with its private half. Returns what is sent for it at once.
    private mutating func applied(_ frame: JSON, _ half: JSON?, _ step: ReplicaStep) -> [[UInt8]] {
        let isFirst = self.newest == 0
        (self.newest, self.resumable, self.appliedAt) = (frame.number("tick"), frame.number("tick"), self.now)
        self.confirmed = max(self.confirmed, half?.number("lastUplink") ?? 0, step.heartbeatConfirms)
        if frame["coding"] == "snapshot" { self.names = [] }
        if let names = frame["names"] {
            let texts = names.list("entries").compactMap { $0["name"] }
            self.names = Array(self.names.prefix(Int(names.number("first")))) + texts
        }
        return isFirst ? [wire { $0.ack(Ack(self.newest)) }] : []
    }

    // MARK: JSON

    /// The events with these numbers, in this order.
    private func events(_ numbers: [UInt64], _ frame: JSON, _ half: JSON?) -> JSON? {
        let all = frame.list("events") + (half?.list("events") ?? [])
        let events = numbers.compactMap { number in all.first { $0.number("number") == number } }
        precondition(events.count == numbers.count, "a vector delivers an event that is not there")
        let described = events.map { event -> JSON in
            [
                "number": event["number"] ?? .null, "tick": .unsigned(frame.number("tick") - event.number("age")),
                "sender": event["sender"] ?? .null, "audience": event["audience"] ?? .null,
                "name": self.names[Int(event.number("name"))], "value": event["value"] ?? .null,
            ]
        }
        return described.isEmpty ? nil : .array(described)
    }

    /// The message as the other vectors describe it; nil if it cannot be decoded.
    private static func described(_ bytes: [UInt8]) -> JSON? {
        for rows in 0...ReplicaVectors.maximumRows {
            do throws(WireError) { return try Describe.server(bytes.span, rosterRows: rows) } catch { continue }
        }
        return nil
    }

    private static func list(_ messages: [[UInt8]]) -> JSON? {
        messages.isEmpty ? nil : .array(messages.map { .string(hex($0)) })
    }

    private static func results(_ results: [OperationResult]) -> JSON? {
        results.isEmpty ? nil : .array(results.map { Describe.result($0) })
    }
}

extension JSON {
    /// A member of an object.
    fileprivate subscript(key: String) -> JSON? {
        if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
    }

    /// 0 if there is none.
    fileprivate func number(_ key: String) -> UInt64 {
        switch self[key] {
        case .unsigned(let number): number
        case .signed(let number): UInt64(clamping: number)
        default: 0
        }
    }

    /// Empty if there is none.
    fileprivate func list(_ key: String) -> [JSON] { if case .array(let items)? = self[key] { items } else { [] } }
}
