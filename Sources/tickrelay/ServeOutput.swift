import Foundation
import Logging
import RelayServer
import RelaySystemd

/// The output of a serving relay: its log, and a line on standard output. A reader that does not read cannot hold up the relay.
struct ServeOutput {
    private let standardOutput = OutputQueue(name: "stdout", tellLoss: { _ in })
    private let log: OutputQueue

    /// Sets up the log of the whole process. Lines go to the journal with their fields if standard error goes there anyway.
    init(environment: [String: String], levels: LogLevelSwitch) {
        if JournalLogHandler.isStandardErrorJournal(stream: environment["JOURNAL_STREAM"]) {
            self.log = Self.bootstrapLogging(levels) { _, deliver in JournalLogHandler(identifier: "tickrelay", deliver: deliver)
            }
        } else {
            self.log = Self.bootstrapLogging(levels) { StreamLogHandler(label: $0, stream: StandardError(deliver: $1)) }
        }
    }

    /// - Parameter make: Makes a handler of a label that passes its lines to a ``Deliver`` to be written.
    private static func bootstrapLogging<Handler: LogHandler>(
        _ levels: LogLevelSwitch, _ make: @escaping @Sendable (String, @escaping Deliver) -> Handler
    ) -> OutputQueue {
        let unqueued = make("tickrelay", { $0() })
        let queue = OutputQueue(name: "log") { lines in
            let event = LogEvent(
                level: .warning, message: "the log did not keep up", metadata: ["lines_lost": "\(lines)"], source: nil,
                file: #fileID, function: #function, line: #line
            )
            unqueued.log(event: event)
        }
        LoggingSystem.bootstrap { SwitchedLogHandler(make($0, queue.add), levels: levels) }
        return queue
    }

    func say(_ line: String) { self.standardOutput.add { Console.say(line) } }
    func complain(_ line: String) { self.log.add { Console.complain(line) } }

    /// Lines of the log that were lost so far.
    var lostLines: UInt64 { self.log.lostLines }

    /// Waits for the lines still to be written, at most `patience` seconds. To be called however the process ends.
    func finish(within patience: Double) {
        let deadline = DispatchTime.now() + patience
        self.log.finish(by: deadline)
        self.standardOutput.finish(by: deadline)
    }
}

/// Passes on a line to be written elsewhere.
typealias Deliver = @Sendable (@escaping OutputQueue.Line) -> Void

/// Standard error, written through a ``Deliver``.
private struct StandardError: TextOutputStream, Sendable {
    let deliver: Deliver
    func write(_ text: String) { self.deliver { Console.write(text, to: STDERR_FILENO) } }
}
