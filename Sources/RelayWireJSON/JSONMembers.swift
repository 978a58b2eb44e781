import RelayWire

/// Where the members of a client's message, or of one operation of a `do`, stand among the tokens.
struct JSONMembers {
    /// The member that says what to do, by its key.
    enum Verb: String {
        case set, remove, send
        case kick, ban, host, password, invite
        case list = "do"
        case leave, resync, hidden
    }
    private(set) var verb: (Verb, place: Int)?
    private(set) var entity: Int?
    private(set) var condition: Int?
    private(set) var audience: Int?
    private(set) var joined: Int?
    private(set) var seconds: Int?
    private(set) var held: Int?
    private(set) var number: Int?
    private(set) var acknowledged: Int?
    private(set) var hold: Int?

    /// - Parameter isWhole: Whether this is a message, and not an operation within one.
    init(_ json: JSONText, at place: Int, isWhole: Bool, _ bytes: Span<UInt8>) throws(JSONError) {
        var found = JSONMembers()
        try json.forEachMember(of: place, bytes) { (key, value) throws(JSONError) in
            let name = try json.string(key, bytes)
            if let verb = Verb(rawValue: name) {
                guard isWhole || verb.isOperation else { throw .badKey() }
                return try found.choose(verb, value)
            }
            switch name {
            case "join" where isWhole, "rejoin" where isWhole, "make" where isWhole, "find" where isWhole: throw .outOfPlace
            case "entity": found.entity = value
            case "if": found.condition = value
            case "to": found.audience = value
            case "joined": found.joined = value
            case "seconds": found.seconds = value
            case "held": found.held = value
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

    /// A key that does not go with the others.
    private var strayKey: String? {
        let verb = self.verb?.0
        if self.number != nil, verb?.isUplink != true { return "n" }
        if self.entity != nil, verb != .set { return "entity" }
        if self.condition != nil, verb != .set { return "if" }
        if self.audience != nil, verb != .send { return "to" }
        if self.joined != nil, verb?.namesOccupant != true { return "joined" }
        if self.seconds != nil, verb != .invite { return "seconds" }
        if self.held != nil, verb != .invite { return "held" }
        return self.hold != nil && self.acknowledged == nil ? "hold" : nil
    }
}

extension JSONMembers.Verb {
    /// It may stand in a `do`.
    fileprivate var isOperation: Bool {
        switch self {
        case .set, .remove, .send, .kick, .ban, .host, .password, .invite: true
        case .list, .leave, .resync, .hidden: false
        }
    }

    fileprivate var isUplink: Bool { self.isOperation || self == .list }
    fileprivate var namesOccupant: Bool { self == .kick || self == .ban || self == .host }
}
