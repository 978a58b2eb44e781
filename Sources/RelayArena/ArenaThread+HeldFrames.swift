import RelayCore

/// Counts the memory of frames, each once. Frames come in runs of one tick, so it remembers as many as a tick has codings.
private struct FrameMemory {
    private(set) var bytes = 0
    private var recent: (FrameBuffer?, FrameBuffer?, FrameBuffer?)

    mutating func add(_ frame: FrameBuffer) {
        guard frame !== self.recent.0, frame !== self.recent.1, frame !== self.recent.2 else { return }
        self.bytes += frame.writer.count
        self.recent = (frame, self.recent.0, self.recent.1)
    }
}

// Frames that somebody has not read stay in memory until he has, or is closed.
extension ArenaThread {
    /// Bounds the memory of unread frames per thread. Over it, a room that holds more than its share closes the connections that
    /// have held theirs longest.
    func boundHeldFrames(of hosted: HostedRoom) {
        guard !hosted.unfinished.isEmpty || hosted.heldFrameBytes > 0 else { return }
        self.note(heldBy: hosted, bytes: Self.heldBytes(of: hosted, stop: { _, _ in false }))
        guard self.heldFrameBytes > ArenaConfiguration.heldFrameBytes else { return }
        let share = ArenaConfiguration.heldFrameBytes / max(1, self.roomsHoldingFrames)
        guard hosted.heldFrameBytes > share else { return }
        var isOver = false
        let kept = Self.heldBytes(of: hosted) { pointer, bytes in
            isOver = isOver || bytes > share
            if isOver { self.lose(pointer, in: hosted, code: .stalled) }
            return isOver
        }
        self.note(heldBy: hosted, bytes: kept)
    }

    /// Bytes of the frames that a room's connections hold, the newest first; those after which `stop` says so are not counted.
    private static func heldBytes(of hosted: HostedRoom, stop: (ConnectionPointer, Int) -> Bool) -> Int {
        var memory = FrameMemory()
        var kept = 0
        for pointer in hosted.unfinished.reversed() where !pointer.pointee.isOver {
            guard let frame = pointer.pointee.remainder.frame else { continue }
            memory.add(frame)
            if !stop(pointer, memory.bytes) { kept = memory.bytes }
        }
        return kept
    }

    /// Keeps the thread's sums. Nothing is held by a room that is gone.
    func note(heldBy hosted: HostedRoom, bytes: Int) {
        self.heldFrameBytes += bytes - hosted.heldFrameBytes
        self.roomsHoldingFrames += (bytes > 0 ? 1 : 0) - (hosted.heldFrameBytes > 0 ? 1 : 0)
        hosted.heldFrameBytes = bytes
    }
}
