import CSystemd
import Glibc
import Logging

/// Writes log lines to the systemd journal with fields that can be searched: `journalctl ROOM=lobby`.
///
/// Metadata become fields, their keys in upper case; the metadata `kind` chooses the `MESSAGE_ID`.
package struct JournalLogHandler: LogHandler {
    package var logLevel = Logger.Level.trace
    package var metadata: Logger.Metadata = [:]
    private let identifier: String
    private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// - Parameters:
    ///   - identifier: SYSLOG_IDENTIFIER, by which `journalctl -t` finds us.
    ///   - deliver: Gets a closure that sends an entry, and calls it where it may block: the journal can hang.
    package init(identifier: String, deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
        (self.identifier, self.deliver) = (identifier, deliver)
    }

    /// Whether standard error goes to the journal. If it does, lines are better sent there directly, with their fields.
    ///
    /// - Parameter stream: The variable JOURNAL_STREAM, `device:inode`.
    package static func isStandardErrorJournal(stream: String?) -> Bool {
        guard let parts = stream?.split(separator: ":"), parts.count == 2, let device = UInt64(parts[0]),
            let inode = UInt64(parts[1])
        else { return false }
        var found = stat()
        return fstat(STDERR_FILENO, &found) == 0 && found.st_dev == device && found.st_ino == inode
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let text = "\(event.message)"
        let entry = JournalEntry(level: event.level, identifier: self.identifier, message: text, metadata: metadata)
        self.deliver { entry.send() }
    }
}

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

/// The MESSAGE_ID of each kind, by which machines recognise an entry. Chosen once at random and never changed; explained in
/// Tools/package/tickrelay.catalog.
package enum MessageIdentity {
    package static let of: [String: String] = [
        "joined": "0b27fdb1fbc9ee53c1f4005905cbf6bc",
        "rejoined": "2ea1289ab8681f7835cb3451c38ce3b5",
        "behind": "9c73e82a2c59773c071448b6f9961fff",
        "stalled": "9e5a321d469754649a78914f066654e1",
        "revived": "3de727658b3c56296e3991af0d7d1ff6",
        "dropped": "53e925bad74368dba05baef335806f7e",
        "broken": "7579feeabc1ddaa845a9b3052ec6b6d9",
        "left": "28568a4e3271727c16887bbd58046b3b",
        "gone": "2c651f1146b50c49429fdd2ebb021292",
        "host": "f3864656cb36ca1fefbc2e7e4fccac8c",
        "refused": "2b3012fded0d4a9809221acfcab7fdaf",
        "draining": "391ae76c73d39ab2b62002913746fcf3",
        "reloaded": "723edc22ad535761befa5d4d86ebecb2",
        "invariant": "6724aaeeb80dc3f543943bc15539f5ed",
    ]
}
