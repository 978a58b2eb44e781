import FoundationEssentials
import RelayWire

/// Texts of operators inside other languages.
package enum SetupText {
    /// A JSON string, which is one of JavaScript too.
    package static func json(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let json = try? encoder.encode(text) else { preconditionFailure("a string is JSON") }
        return String(decoding: json, as: UTF8.self)
    }

    /// One word of a shell.
    package static func shell(_ text: String) -> String {
        let marks = "/._-:=,@+".utf8
        let isPlain = text.utf8.allSatisfy { byte in
            marks.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
    }

    /// A path that means the same to the relay, which systemd starts in another directory. Without a slash at its end.
    package static func path(_ text: String) throws(SetupRefusal) -> String {
        guard text.hasPrefix("/"), PlayerIdentity.isText(text, count: 1...4000) else {
            throw SetupRefusal("a path begins with / and has no control characters")
        }
        var path = text[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }
}
