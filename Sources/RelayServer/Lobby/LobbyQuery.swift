import RelayCore
import RelayWire

/// Which rooms somebody wants to see: what stands behind the question mark of `/lobby/rooms`.
package struct LobbyQuery: Hashable, Sendable {
    /// A property that a room must have: `map:dust`.
    package struct Condition: Hashable, Sendable {
        package var name: ExactString
        package var value: WrittenValue
    }

    /// Nil for all types.
    package var type: ExactString?
    package var conditions: [Condition] = []
    /// The most that are listed.
    package var limit = 100
    /// It was given.
    private var hasLimit = false

    package static let limits = 1...1000
    package static let maximumConditions = 8
    /// Characters. What is longer in bytes than a room's could be matches none.
    package static let typeLength = 1...32
    package static let nameLength = 1...64
    package static let maximumTextLength = 64

    package init() {}

    /// - Parameter target: Of a request: path and query.
    package init(target: String) throws(LobbyRefusal) {
        let query = target.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") }
        for item in query.split(separator: UInt8(ascii: "&")) {
            let name = item.prefix { $0 != UInt8(ascii: "=") }
            guard let key = PercentCoding.decode(name, isQuery: true),
                let value = PercentCoding.decode(item.dropFirst(name.count + 1), isQuery: true)
            else { throw .badRequest("The URL has a % that begins no character of UTF-8: encode it again.") }
            try self.take(key, value)
        }
    }

    private mutating func take(_ key: String, _ value: String) throws(LobbyRefusal) {
        switch key {
        case "type":
            guard self.type == nil, Self.typeLength.contains(value.unicodeScalars.count) else {
                throw .badRequest("'type' may stand once, with 1 to 32 characters.")
            }
            self.type = ExactString(value)
        case "limit":
            guard !self.hasLimit, let limit = Int(value), "\(limit)" == value, Self.limits.contains(limit) else {
                throw .badRequest("'limit' may stand once, and is a number from 1 to 1000.")
            }
            (self.limit, self.hasLimit) = (limit, true)
        case "where":
            guard self.conditions.count < Self.maximumConditions, let condition = Condition(value) else {
                throw .badRequest("'where' is NAME:VALUE, of 64 characters each at most, and may stand 8 times.")
            }
            self.conditions.append(condition)
        default: throw .badRequest("The parameters are 'type', 'where' and 'limit', and no others.")
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.limit == right.limit && left.type == right.type && left.conditions == right.conditions
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.limit)
        hasher.combine(self.type)
        hasher.combine(self.conditions)
    }

    /// Whether a listed room is one of them.
    func matches(_ room: LobbyEntry) -> Bool {
        if let type = self.type, !room.listing.type.hasSameBytes(as: type.text) { return false }
        return self.conditions.allSatisfy { wanted in
            room.listing.properties.contains {
                $0.name.hasSameBytes(as: wanted.name.text) && $0.value.isWritten(as: wanted.value)
            }
        }
    }
}

extension LobbyQuery.Condition {
    /// Reads `NAME:VALUE`; nil if it is none. The name ends at the first colon.
    fileprivate init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let (name, value) = (text[..<colon], text[text.utf8.index(after: colon)...])
        guard LobbyQuery.nameLength.contains(name.unicodeScalars.count),
            value.unicodeScalars.count <= LobbyQuery.maximumTextLength
        else { return nil }
        self.init(name: ExactString(String(name)), value: WrittenValue(String(value)))
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.value.text.hasSameBytes(as: right.value.text)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.name)
        hasher.combine(self.value.text)
    }
}
