/// As much JSON as vectors need, with a text that depends on nothing but the content: keys keep their order.
indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// Integers that a binary64 may not hold are written as strings.
    case signed(Int64)
    case unsigned(UInt64)
    case float(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    struct Member: Equatable, Sendable {
        var key: String
        var value: JSON
    }

    /// The largest magnitude that stands as a number.
    private static let safe: UInt64 = 1 << 53 - 1

    var text: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .signed(let number): number.magnitude > Self.safe ? "\"\(number)\"" : "\(number)"
        case .unsigned(let number): number > Self.safe ? "\"\(number)\"" : "\(number)"
        case .float(let number): "\(number)"
        case .string(let string): Self.quote(string)
        case .array(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quote($0.key)): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    private static func quote(_ string: String) -> String {
        var result = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// This object with one more member at its end.
    func adding(_ key: String, _ value: JSON?) -> JSON {
        guard case .object(let members) = self, let value else { return self }
        return .object(members + [Member(key: key, value: value)])
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .signed(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Lowercase hexadecimal digits, two a byte.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The bytes of hexadecimal digits; spaces are skipped. For literals: anything else traps.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { $0 != " " }.map { UInt8($0.hexDigitValue!) }
    precondition(digits.count.isMultiple(of: 2))
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
