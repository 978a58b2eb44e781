import RelayCore

/// Counts the bytes of frames, each frame once. The frames of a tick come in a row, so it remembers one for each coding.
private struct FrameMemory {
    private(set) var bytes = 0
    private var recent: (FrameBuffer?, FrameBuffer?, FrameBuffer?)

    mutating func add(_ frame: FrameBuffer) {
        guard frame !== self.recent.0, frame !== self.recent.1, frame !== self.recent.2 else { return }
        self.bytes += frame.writer.count
        self.recent = (frame, self.recent.0, self.recent.1)
    }
}

// A frame stays in memory while a connection still has to send the rest of it.
extension ArenaThread {
    /// Bounds the memory of unread frames per thread. Over it, a room that holds more than its share closes the connections that
    /// have held theirs longest.
    func boundHeldFrames(of hosted: HostedRoom) {
        guard !hosted.unfinished.isEmpty || hosted.heldFrameBytes > 0 else { return }
        self.setHeldBytes(Self.heldBytes(of: hosted, isDropped: { _, _ in false }), of: hosted)
        guard self.heldFrameBytes > ArenaLimits.heldFrameBytes else { return }
        let share = ArenaLimits.heldFrameBytes / max(1, self.roomsHoldingFrames)
        guard hosted.heldFrameBytes > share else { return }
        var (isOver, isNewest) = (false, true)
        let kept = Self.heldBytes(of: hosted) { pointer, bytes in
            // The newest one always stays: it is only just receiving, and other rooms that make the share small must not cost it
            // the seat.
            isOver = isOver || (bytes > share && !isNewest)
            isNewest = false
            if isOver { self.lose(pointer, in: hosted, code: .stalled) }
            return isOver
        }
        self.setHeldBytes(kept, of: hosted)
    }

    /// Bytes of the frames that a room's connections hold, without the connections that `isDropped` chooses. It is asked about
    /// the newest first, with the bytes up to and including that connection.
    private static func heldBytes(of hosted: HostedRoom, isDropped: (ConnectionPointer, Int) -> Bool) -> Int {
        var memory = FrameMemory()
        var kept = 0
        for pointer in hosted.unfinished.reversed() where !pointer.pointee.isOver {
            guard let frame = pointer.pointee.remainder.frame else { continue }
            memory.add(frame)
            if !isDropped(pointer, memory.bytes) { kept = memory.bytes }
        }
        return kept
    }

    /// Sets a room's held bytes and keeps the thread's sums right. A room that is gone holds none.
    func setHeldBytes(_ bytes: Int, of hosted: HostedRoom) {
        self.heldFrameBytes += bytes - hosted.heldFrameBytes
        self.roomsHoldingFrames += (bytes > 0 ? 1 : 0) - (hosted.heldFrameBytes > 0 ? 1 : 0)
        hosted.heldFrameBytes = bytes
    }
}
