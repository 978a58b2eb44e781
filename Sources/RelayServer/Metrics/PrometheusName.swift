/// Names in the way of Prometheus: lower case ASCII letters, digits and underscores, with the unit and with `_total` where something
/// is counted.
///
/// Source: https://prometheus.io/docs/practices/naming/
enum PrometheusName {
    /// Longest name of a library's that is looked at, characters: memory is bounded by the number of series and by this.
    static let longest = 120

    /// The name of a family, without ``Exposition/prefix``: `http.server.request.duration` of a timer as
    /// `http_server_request_duration_seconds`.
    static func family(_ label: String, _ kind: MetricFamily.Kind) -> String {
        var name = Self.sanitized(label)[...]
        if name.hasPrefix(Exposition.prefix) { name = name.dropFirst(Exposition.prefix.count) }
        name = Self.dropping(["_total"], from: name)
        if name.isEmpty { name = "unnamed" }
        return switch kind {
        case .counter: "\(name)_total"
        case .histogram: "\(Self.dropping(Self.units, from: name))_seconds"
        case .gauge, .summary: "\(name)"
        }
    }

    /// The name of a label; empty if nothing of it can stay.
    static func label(_ name: String) -> String {
        let name = Self.sanitized(name)
        return name.first?.isNumber == true ? "_" + name : name
    }

    /// `relayFull` as `relay_full`, `badURL` as `bad_url`.
    static func snakeCase(_ name: Substring) -> String {
        var (snake, wasCapital) = ("", true)
        for character in name {
            if character.isUppercase, !wasCapital { snake += "_" }
            wasCapital = character.isUppercase
            snake += character.lowercased()
        }
        return snake
    }

    /// How libraries may have ended the name of a timer: it is told in seconds.
    private static let units = ["_seconds", "_milliseconds", "_microseconds", "_nanoseconds", "_ms", "_us", "_ns"]

    private static func dropping(_ endings: [String], from name: Substring) -> Substring {
        for ending in endings where name.hasSuffix(ending) { return name.dropLast(ending.count) }
        return name
    }

    /// Each run of other characters is one underscore; none is at the beginning or at the end.
    private static func sanitized(_ name: String) -> String {
        var sanitized = ""
        for byte in Self.snakeCase(name.prefix(Self.longest)).utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                sanitized.append(Character(Unicode.Scalar(byte)))
            default:
                if !sanitized.isEmpty, !sanitized.hasSuffix("_") { sanitized += "_" }
            }
        }
        return sanitized.hasSuffix("_") ? String(sanitized.dropLast()) : sanitized
    }
}
