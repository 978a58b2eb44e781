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
