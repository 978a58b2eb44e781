import Foundation
import Synchronization

/// Writes lines on a thread of its own, so that no caller ever waits for a terminal, a full pipe or a journal that hangs.
///
/// Bounded: while the output does not keep up, the newest lines are dropped and counted.
package final class OutputQueue: Sendable {
    /// Writes one line, however long that takes.
    package typealias Line = @Sendable () -> Void

    private struct State {
        var lines: [Line] = []
        /// Lines dropped since the thread last took lines.
        var lost = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let lost = Atomic<UInt64>(0)
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Maximum number of waiting lines.
    package static let maximumLines = 4096

    /// - Parameters:
    ///   - name: The thread's name.
    ///   - tellLoss: Writes how many lines were lost. Called on the thread, once lines flow again.
    package init(name: String, tellLoss: @escaping @Sendable (Int) -> Void) {
        let thread = Thread { self.run(tellLoss) }
        thread.name = name
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// Lines lost so far.
    package var lostLines: UInt64 { self.lost.load(ordering: .relaxed) }

    /// Takes a line, or counts it as lost. Does not wait for output.
    package func add(_ line: @escaping Line) {
        let (isTaken, wasEmpty) = self.state.withLock { state in
            guard state.lines.count < Self.maximumLines, !state.isOver else {
                state.lost += 1
                return (false, false)
            }
            state.lines.append(line)
            return (true, state.lines.count == 1)
        }
        if wasEmpty { self.bell.signal() }
        if !isTaken { self.lost.add(1, ordering: .relaxed) }
    }

    /// Takes no more lines, and waits until the queued ones are written, but no longer than to the deadline.
    ///
    /// - Returns: Whether all were written in time.
    @discardableResult
    package func finish(by deadline: DispatchTime) -> Bool {
        self.state.withLock { $0.isOver = true }
        self.bell.signal()
        return self.ended.wait(timeout: deadline) == .success
    }

    private func run(_ tellLoss: (Int) -> Void) {
        while true {
            self.bell.wait()
            let taken = self.state.withLock { state in
                defer { (state.lines, state.lost) = ([], 0) }
                return state
            }
            for line in taken.lines { line() }
            if taken.lost > 0 { tellLoss(taken.lost) }
            if taken.isOver { break }
        }
        self.ended.signal()
    }
}
