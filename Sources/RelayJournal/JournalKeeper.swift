import Dispatch
import RelayWire
import Synchronization

/// Makes and removes rooms' files on a thread of its own, so that no tick ever waits for a disk.
package final class JournalKeeper: Sendable {
    package let directory: StateDirectory
    private let queue = DispatchQueue(label: "tickrelay.journal")
    /// No tick waits for it: only the queue and who asks for figures take the lock.
    private let counted = Mutex(JournalFigures())

    package init(_ directory: StateDirectory) { self.directory = directory }

    /// The figures as they are now. Callable from any thread.
    package var figures: JournalFigures { self.counted.withLock { $0 } }

    /// Counts a file that an earlier process made. To be called once for each, before anything is asked for.
    package func adopt(_ file: JournalFile) {
        let bytes = file.byteCount
        self.counted.withLock { $0.adopt(bytes: bytes) }
    }

    /// A file on its way to the thread that will own it.
    package struct Handover: @unchecked Sendable {
        // Sendable, because the keeper's queue makes the file and keeps no reference to it: one thread at a time has it.
        package let file: JournalFile
    }

    /// Makes a file and hands it over. The caller must ask for at most one file per room at a time, which bounds the queue.
    package func make(
        _ header: JournalHeader, segmentBytes: Int, then deliver: @escaping @Sendable (Result<Handover, SystemFailure>) -> Void
    ) {
        self.queue.async {
            let path = self.directory.file(of: header.instance, segmentBytes: segmentBytes)
            let made = Result { () throws(SystemFailure) in
                Handover(file: try JournalFile.make(at: path, header, segmentBytes: segmentBytes))
            }
            self.count(made)
            deliver(made)
        }
    }

    private func count(_ made: Result<Handover, SystemFailure>) {
        switch made {
        case .success(let handover):
            let bytes = handover.file.byteCount
            self.counted.withLock { $0.make(bytes: bytes) }
        case .failure: self.counted.withLock { $0.fail() }
        }
    }

    /// Removes the file of a room that is gone, or that has another one.
    package func remove(_ handover: Handover) {
        self.queue.async {
            self.directory.remove(handover.file.path)
            let bytes = handover.file.byteCount
            self.counted.withLock { $0.remove(bytes: bytes) }
        }
    }

    /// Gives a file up for removal. The caller must not touch it again.
    package func remove(_ file: JournalFile) { self.remove(Handover(file: file)) }

    /// Waits until everything asked for so far is done, and unlocks the directory for the next relay. The caller must not ask for
    /// anything afterwards.
    package func finish() {
        self.queue.sync {}
        self.directory.unlock()
    }
}
