import Logging
import Synchronization

/// Keeps what is logged.
final class Logbook: Sendable {
    struct Line: Sendable {
        var text: String
        var metadata: [String: String]
    }

    private let kept = Mutex<[Line]>([])
    var lines: [Line] { self.kept.withLock { $0 } }

    func logger(_ level: Logger.Level = .trace) -> Logger {
        var logger = Logger(label: "test", factory: { _ in Handler(book: self) })
        logger.logLevel = level
        return logger
    }

    private struct Handler: LogHandler {
        let book: Logbook
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let line = Line(text: "\(event.message)", metadata: (event.metadata ?? [:]).mapValues { "\($0)" })
            self.book.kept.withLock { $0.append(line) }
        }
    }
}
