import RelayWire

/// The reason why a text message was refused, with the key that it is about if there is one.
package enum JSONError: Error, Equatable, Sendable {
    /// Not JSON as RFC 8259 has it, or beyond the bounds of ``JSONText``.
    case notJSON
    /// A key that is not there for this message, that stands twice, or that does not go with another one.
    case badKey(JSONKey? = nil)
    /// A value of the wrong type, or outside the range of its key.
    case badValue(JSONKey? = nil)
    /// A room, field or event name that is not 1…64 bytes.
    case badName(JSONKey? = nil)
    /// `join`, `make`, `find` or `rejoin` where none may come, or something else where one of them must.
    case outOfPlace
    /// A rejoin token that is not one of ours.
    case badToken

    /// What a binary message on a connection of this form is told.
    package static let binarySentence = "This connection speaks JSON: send text, or offer tickrelay.v1."

    /// The same error about a key, unless it has one already.
    func naming(_ key: JSONKey) -> JSONError {
        switch self {
        case .badKey(nil): .badKey(key)
        case .badValue(nil): .badValue(key)
        case .badName(nil): .badName(key)
        case .badKey, .badValue, .badName, .notJSON, .outOfPlace, .badToken: self
        }
    }

    /// The close code that answers this error.
    package var closeCode: CloseCode {
        switch self {
        case .notJSON, .badKey, .badValue, .badName: .malformed
        case .outOfPlace: .outOfPlace
        case .badToken: .tokenRefused
        }
    }

    /// One sentence of advice for the close frame. At most 123 bytes of ASCII.
    package var sentence: String {
        switch self {
        case .notJSON: "This is not JSON within the limits of SPEC.md section 18: depth 8, 64 members, numbers of 64 digits."
        case .badKey(let key):
            "\(Self.subject("key", key)) does not exist, stands twice, or does not go with the others: SPEC.md section 18."
        case .badValue(let key): "\(Self.subject("value", key)) has the wrong type or range: see SPEC.md section 18."
        case .badName(let key): "\(Self.subject("name", key)) is wrong: names of rooms, fields and events have 1 to 64 bytes."
        case .outOfPlace: "Send {\"join\":\"ROOM\"} or {\"rejoin\":\"TOKEN\"} first, and only once."
        case .badToken: CloseCode.tokenRefused.sentence
        }
    }

    /// `A key`, `The key "x"`, `The value of "x"`.
    private static func subject(_ thing: String, _ key: JSONKey?) -> String {
        guard let key else { return "A \(thing)" }
        return thing == "key" ? "The key \"\(key)\"" : "The \(thing) of \"\(key)\""
    }
}
