import RelayWire

/// Where the members of a client's message, or of one operation of a `do`, stand among the tokens.
struct JSONMembers {
    /// The member that says what to do.
    enum Verb {
        case set, remove, send, list, leave, resync, hidden
    }
    private(set) var verb: (Verb, place: Int)?
    private(set) var entity: Int?
    private(set) var condition: Int?
    private(set) var audience: Int?
    private(set) var number: Int?
    private(set) var acknowledged: Int?
    private(set) var hold: Int?

    /// - Parameter isWhole: Whether this is a message, and not an operation within one.
    init(_ json: JSONText, at place: Int, isWhole: Bool, _ bytes: Span<UInt8>) throws(JSONError) {
        var found = JSONMembers()
        try json.forEachMember(of: place, bytes) { (key, value) throws(JSONError) in
            switch try json.string(key, bytes) {
            case "set": try found.choose(.set, value)
            case "remove": try found.choose(.remove, value)
            case "send": try found.choose(.send, value)
            case "do" where isWhole: try found.choose(.list, value)
            case "leave" where isWhole: try found.choose(.leave, value)
            case "resync" where isWhole: try found.choose(.resync, value)
            case "hidden" where isWhole: try found.choose(.hidden, value)
            case "join" where isWhole, "rejoin" where isWhole: throw .outOfPlace
            case "entity": found.entity = value
            case "if": found.condition = value
            case "to": found.audience = value
            case "n" where isWhole: found.number = value
            case "ack" where isWhole: found.acknowledged = value
            case "hold" where isWhole: found.hold = value
            default: throw .badKey()
            }
        }
        self = found
        if let stray = self.strayKey { throw .badKey(JSONKey(stray)) }
    }

    private init() {}

    private mutating func choose(_ verb: Verb, _ place: Int) throws(JSONError) {
        guard self.verb == nil else { throw .badKey() }
        self.verb = (verb, place)
    }

    private var isUplink: Bool {
        switch self.verb?.0 {
        case .set, .remove, .send, .list: true
        case .leave, .resync, .hidden, nil: false
        }
    }

    /// A key that does not go with the others.
    private var strayKey: String? {
        let (isSet, isSend) = (self.verb?.0 == .set, self.verb?.0 == .send)
        if self.number != nil, !self.isUplink { return "n" }
        if self.entity != nil, !isSet { return "entity" }
        if self.condition != nil, !isSet { return "if" }
        if self.audience != nil, !isSend { return "to" }
        return self.hold != nil && self.acknowledged == nil ? "hold" : nil
    }
}
