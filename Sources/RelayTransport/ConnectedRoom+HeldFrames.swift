import RelayCore

/// Counts the bytes of frames, each frame once.
private struct FrameMemory {
    private(set) var bytes = 0
    private var seen: Set<ObjectIdentifier> = []

    /// - Parameter ownBytes: What is kept besides, for one connection alone.
    mutating func add(_ frame: FrameBuffer, ownBytes: Int) {
        self.bytes += ownBytes
        if self.seen.insert(ObjectIdentifier(frame)).inserted { self.bytes += frame.writer.count }
    }
}

// A frame stays in memory while a connection still has to send the rest of it.
extension ConnectedRoom {
    /// Bounds the memory of unread frames of all rooms of the thread. (What a transport holds itself, one write, is its own to bound.) Over it, a room that holds more than its share closes the
    /// connections whose frames have not moved for longest.
    func boundHeldBytes() {
        guard !self.unfinished.isEmpty || self.heldBytes > 0 else { return }
        self.setHeldBytes(self.countHeldBytes(isDropped: { _, _ in false }))
        guard self.context.heldBytes > self.context.maximumHeldBytes else { return }
        let share = self.context.maximumHeldBytes / max(1, self.context.roomsHoldingFrames)
        guard self.heldBytes > share else { return }
        // Who reads, however slowly, stays longest.
        self.unfinished.sort { $0.pointee.remainder.movedAt < $1.pointee.remainder.movedAt }
        var (isOver, isNewest) = (false, true)
        let kept = self.countHeldBytes { pointer, bytes in
            // The newest one always stays: it is only just receiving, and other rooms that make the share small must not cost it
            // the seat.
            isOver = isOver || (bytes > share && !isNewest)
            isNewest = false
            if isOver { self.lose(pointer, code: .stalled) }
            return isOver
        }
        self.setHeldBytes(kept)
    }

    /// Gives up what a room that is gone holds.
    package func releaseHeldBytes() { self.setHeldBytes(0) }

    /// Bytes of the frames that connections hold, without the connections that `isDropped` chooses. It is asked about the newest
    /// first, with the bytes up to and including that connection.
    private func countHeldBytes(isDropped: (ConnectionPointer, Int) -> Bool) -> Int {
        var memory = FrameMemory()
        var kept = 0
        for pointer in self.unfinished.reversed() where !pointer.pointee.isOver {
            guard let frame = pointer.pointee.remainder.frame else { continue }
            memory.add(frame, ownBytes: pointer.pointee.remainder.ownBytes)
            if !isDropped(pointer, memory.bytes) { kept = memory.bytes }
        }
        return kept
    }

    /// Sets the room's held bytes and keeps the thread's sums right.
    private func setHeldBytes(_ bytes: Int) {
        self.context.heldBytes += bytes - self.heldBytes
        self.context.roomsHoldingFrames += (bytes > 0 ? 1 : 0) - (self.heldBytes > 0 ? 1 : 0)
        self.heldBytes = bytes
    }
}
