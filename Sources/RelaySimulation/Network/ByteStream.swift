/// Bytes on their way through a network that keeps order: bytes sent later never arrive earlier.
struct ByteStream {
    private struct Chunk {
        var bytes: [UInt8]
        var at: UInt64
    }

    private var chunks = Queue<Chunk>()
    /// Bytes of the first chunk that were read already.
    private var readOfFirst = 0
    /// Bytes sent and not read yet.
    private(set) var buffered = 0
    private(set) var newestArrival: UInt64 = 0
    private(set) var end: StreamEnd?
    /// From now on nothing that is sent arrives, and neither side notices.
    var isBlackHole = false

    mutating func send(_ bytes: [UInt8], arriving at: UInt64) {
        self.newestArrival = max(self.newestArrival, at)
        self.buffered += bytes.count
        guard !self.isBlackHole, self.end == nil else { return }
        self.chunks.append(Chunk(bytes: bytes, at: self.newestArrival))
    }

    /// Ends the stream as its reader sees it. The first end counts.
    mutating func close(at: UInt64, isAbortive: Bool) {
        guard self.end == nil, !self.isBlackHole else { return }
        self.end = StreamEnd(at: max(at, isAbortive ? 0 : self.newestArrival), isAbortive: isAbortive)
    }

    /// When the reader can read something, or see the end.
    var nextAt: UInt64? {
        if let end = self.end, end.isAbortive || self.chunks.isEmpty { return end.at }
        return self.chunks.first?.at
    }

    /// Whether ``nextAt`` is the end.
    var isAtEnd: Bool { self.end.map { $0.isAbortive || self.chunks.isEmpty } ?? false }

    func hasArrived(by now: UInt64) -> Bool { self.chunks.first.map { $0.at <= now } ?? false }

    /// Whether the reader sees the end now. Bytes that came before it are read first.
    func hasEnded(by now: UInt64) -> Bool {
        guard let end = self.end, end.at <= now else { return false }
        return end.isAbortive || self.chunks.isEmpty
    }

    /// Takes the next chunk.
    mutating func readChunk() -> [UInt8] {
        let chunk = self.chunks.removeFirst()
        self.buffered -= chunk.bytes.count
        return chunk.bytes
    }

    /// Reads what has arrived, as far as it fits. Returns the number of bytes, and when the last of them arrived.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer, by now: UInt64) -> (count: Int, at: UInt64) {
        var (filled, last) = (0, UInt64(0))
        while filled < buffer.count, let chunk = self.chunks.first, chunk.at <= now {
            let count = min(buffer.count - filled, chunk.bytes.count - self.readOfFirst)
            buffer[filled..<filled + count].copyBytes(from: chunk.bytes[self.readOfFirst..<self.readOfFirst + count])
            filled += count
            self.readOfFirst += count
            last = chunk.at
            if self.readOfFirst == chunk.bytes.count {
                self.chunks.removeFirst()
                self.readOfFirst = 0
            }
        }
        self.buffered -= filled
        return (filled, last)
    }
}
