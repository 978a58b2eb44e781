import RelayWire
import RelayWireJSON

/// An act that a host asks for: the body of `POST /lobby/rooms/NAME/acts`.
package struct LobbyAct: Equatable, Sendable {
    /// As in an uplink, with its names written out.
    package let operation: [UInt8]

    /// What it is, for the log: its words may be secret.
    package static func name(of operation: [UInt8]) -> String {
        switch operation.first.flatMap(Operation.Code.init) {
        case .kick?: "kick"
        case .ban?: "ban"
        case .host?: "host"
        case .password?: "password"
        case .invite?: "invite"
        case .compareAndSetByValue?: "card"
        case .set?, .remove?, .event?, .compareAndSet?, nil: "unknown"
        }
    }

    /// Reads a body: an act of the JSON form, or a change of one field of the card.
    package init(body: [UInt8]) throws(LobbyRefusal) {
        guard String(validating: body, as: UTF8.self) != nil else { throw .badRequest("The body is not UTF-8.") }
        do throws(JSONError) {
            if let change = try Self.cardChange(body.span) {
                self.operation = change
            } else {
                self.operation = try Self.act(body.span)
            }
        } catch {
            throw LobbyRefusal(error)
        }
    }

    private static func act(_ body: Span<UInt8>) throws(JSONError) -> [UInt8] {
        var translator = JSONTranslator(takesWholeFloats: true)
        try translator.translate(act: body)
        return Array(translator.message)
    }

    /// A change of the card: `{"field":"locked","if":null,"set":true}`. Nil for a body that names no field.
    private static func cardChange(_ body: Span<UInt8>) throws(JSONError) -> [UInt8]? {
        var (json, members) = (JSONText(), [String: Int]())
        try json.read(body)
        guard json.tokens[0].kind == .object else { throw .outOfPlace }
        try json.forEachMember(of: 0, body) { (key, place) throws(JSONError) in
            guard members.updateValue(place, forKey: try json.string(key, body)) == nil else { throw .badKey() }
        }
        guard let field = members["field"] else { return nil }
        if let stray = members.keys.sorted().first(where: { !["field", "if", "set"].contains($0) }) {
            throw .badKey(JSONKey(stray))
        }
        let name = try json.naming(field - 1, body) { () throws(JSONError) in try json.name(json.tokens[field], body) }
        // It has an act of its own.
        guard CardKey(rawValue: name) != .password else { throw .badValue(JSONKey("field")) }
        func value(_ key: String) throws(JSONError) -> StoredValue {
            guard let place = members[key] else { throw .badValue(JSONKey(key)) }
            return try json.naming(place - 1, body) { () throws(JSONError) in
                StoredValue(try json.cardField(name, json.tokens[place], body).value)
            }
        }
        var writer = WireWriter(capacity: 256)
        writer.compareAndSet(
            .card, .inline(name), expected: try value("if"), new: try value("set"), numbersByValue: true)
        return writer.array
    }
}
