import RelayWireJSON

/// JSON as people write it in a file: with `//` comments and a trailing comma.
package enum CommentedJSON {
    /// The same text as strict JSON. Every byte keeps its place, so that positions in error messages stay right.
    package static func strict(_ text: [UInt8]) -> [UInt8] {
        var result = text
        var comma: Int?
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = self.endOfString(text, from: index)
                comma = nil
                continue
            case UInt8(ascii: "/") where index + 1 < text.count && text[index + 1] == UInt8(ascii: "/"):
                while index < text.count, text[index] != UInt8(ascii: "\n") {
                    result[index] = UInt8(ascii: " ")
                    index += 1
                }
                continue
            case UInt8(ascii: ","): comma = index
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if let comma { result[comma] = UInt8(ascii: " ") }
                comma = nil
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
            default: comma = nil
            }
            index += 1
        }
        return result
    }

    /// The index behind the closing quotation mark; the end of the text if there is none.
    private static func endOfString(_ text: [UInt8], from start: Int) -> Int {
        var index = start + 1
        while index < text.count {
            if text[index] == UInt8(ascii: "\"") { return index + 1 }
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return text.count
    }

    /// What is wrong with a text, and in which line.
    package enum Flaw: Hashable, Sendable {
        case unreadable(line: Int)
        /// Of two values under one key, readers would take either.
        case repeated(String, line: Int)
    }

    /// The first flaw of strict JSON; nil if there is none.
    ///
    /// - Parameter text: UTF-8.
    package static func flaw(of text: [UInt8]) -> Flaw? {
        var reader = JSONText()
        do throws(JSONError) {
            try reader.read(text.span)
            return nil
        } catch {
            let line = 1 + text.prefix(reader.offset).count { $0 == UInt8(ascii: "\n") }
            if case .badKey(let key?) = error { return .repeated("\(key)", line: line) }
            return .unreadable(line: line)
        }
    }
}
