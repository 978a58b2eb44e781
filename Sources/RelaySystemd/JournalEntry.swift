import CSystemd
import Glibc
import Logging

/// The fields of one entry.
package struct JournalEntry {
    package private(set) var fields: [String]

    package init(level: Logger.Level, identifier: String, message: String, metadata: Logger.Metadata) {
        let sorted = metadata.sorted { $0.key < $1.key }
        let shown = sorted.filter { $0.key != Self.kind }.map { " \($0.key)=\($0.value)" }.joined()
        self.fields = ["MESSAGE=\(message)\(shown)", "PRIORITY=\(Self.priority(of: level))", "SYSLOG_IDENTIFIER=\(identifier)"]
        if case .string(let kind)? = metadata[Self.kind], let identity = MessageIdentity.of[kind] {
            self.fields.append("MESSAGE_ID=\(identity)")
        }
        for (key, value) in sorted { self.fields.append("\(Self.fieldName(key))=\(value)") }
    }

    /// The metadata key whose value names the event.
    static let kind = "kind"

    /// syslog(3).
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A key as the journal takes it: upper case letters, digits and `_`, a letter first, at most 64 characters.
    package static func fieldName(_ key: String) -> String {
        let name = key.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z": Character(Unicode.Scalar(UInt8(scalar.value - 32)))
            case "A"..."Z", "0"..."9": Character(scalar)
            default: "_"
            }
        }
        let isNamed = name.first.map { $0.isLetter } ?? false
        return String(((isNamed ? [] : ["X"]) + name).prefix(64))
    }

    /// Sends the entry. Each field goes out with its length, so that a line feed stays inside it.
    func send() {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for field in self.fields {
            bytes += Array(field.utf8)
            ends.append(bytes.count)
        }
        bytes.withUnsafeMutableBytes { buffer in
            var start = 0
            var vectors: [iovec] = []
            for end in ends {
                vectors.append(iovec(iov_base: buffer.baseAddress.map { $0 + start }, iov_len: end - start))
                start = end
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))  // a log that cannot be written has nowhere to say so
        }
    }
}
