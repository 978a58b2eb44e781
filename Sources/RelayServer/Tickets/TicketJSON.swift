import FoundationEssentials
import RelayWireJSON

/// The parts of a JSON Web Token: base64url without padding (RFC 7515 section 2), and JSON of bounded depth.
enum TicketJSON {
    static let maximumDepth = 8

    /// Decodes one part. Its length is bounded by the ticket's.
    static func decode<Content: Decodable>(_ part: ArraySlice<UInt8>, as type: Content.Type) throws(RefusedTicket) -> Content {
        guard let json = self.bytes(part) else { throw RefusedTicket(.malformed) }
        guard self.depth(of: json) <= self.maximumDepth else { throw RefusedTicket(.tooDeep) }
        // The decoder takes UTF-16 too, and the first of two values of one name, where RFC 7515 and RFC 7519 have the last or none.
        guard String(validating: json, as: UTF8.self) != nil, self.isStrict(json) else { throw RefusedTicket(.malformed) }
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw self.refused(error)
        }
    }

    /// Names the claim: the decoder's own words might quote the ticket.
    private static func refused(_ error: any Error) -> RefusedTicket {
        switch error {
        case DecodingError.keyNotFound(let key, _): RefusedTicket(.malformed, "\(key.stringValue) is missing")
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            // A key of ours: the decoder looks for no others.
            context.codingPath.first.map { RefusedTicket(.malformed, "\($0.stringValue) is of the wrong type") }
                ?? RefusedTicket(.malformed)
        default: RefusedTicket(.malformed)
        }
    }

    private static func isStrict(_ json: [UInt8]) -> Bool {
        var text = JSONText()
        do throws(JSONError) {
            try text.read(json.span)
            return true
        } catch {
            return false
        }
    }

    /// Nil unless it is base64url, and the one text of its bytes.
    static func bytes(_ part: some Sequence<UInt8>) -> [UInt8]? { Base64.decode(Array(part).span, .url) }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Base64.encode(Array(bytes), .url), as: UTF8.self)
    }

    /// The deepest nesting of arrays and objects. Brackets in strings do not count.
    private static func depth(of json: [UInt8]) -> Int {
        var (depth, deepest, isString, isEscaped) = (0, 0, false, false)
        for byte in json {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isString
            case UInt8(ascii: "\""): isString.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if !isString { depth += 1 }
                deepest = max(deepest, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if !isString { depth -= 1 }
            default: break
            }
        }
        return deepest
    }
}
