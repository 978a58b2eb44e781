import NIOCore

/// Writes parts as fast as the peer reads them: beyond what a channel takes before it says that it is full, nothing is copied or encrypted.
final class PartWriter {
    /// Bytes written from one look at the channel to the next.
    private static let burst = 32 << 10

    private var parts: ArraySlice<ByteBuffer>
    private let whenWritten: ((Result<Void, any Error>) -> Void)?
    private var isWriting = false

    /// - Parameter whenWritten: Called once the last part is written, or cannot be; not if the channel closes before its turn.
    init(_ parts: [ByteBuffer], whenWritten: ((Result<Void, any Error>) -> Void)? = nil) {
        (self.parts, self.whenWritten) = (parts[...], whenWritten)
    }

    /// All is given to the channel.
    var isDone: Bool { self.parts.isEmpty }

    /// Writes what fits now. To be called again when the channel has become writable.
    func write(_ context: ChannelHandlerContext) {
        // A write or a flush may call back.
        guard !self.isWriting else { return }
        self.isWriting = true
        defer { self.isWriting = false }
        while !self.isDone, context.channel.isWritable {
            self.writeBurst(context)
            context.flush()
        }
    }

    private func writeBurst(_ context: ChannelHandlerContext) {
        var left = Self.burst
        while left > 0, let part = self.take(atMost: left) {
            left -= part.readableBytes
            if self.isDone, let whenWritten = self.whenWritten {
                context.write(NIOAny(part)).assumeIsolated().whenComplete(whenWritten)
            } else {
                context.write(NIOAny(part), promise: nil)
            }
        }
    }

    private func take(atMost count: Int) -> ByteBuffer? {
        guard let first = self.parts.first else { return nil }
        guard first.readableBytes > count, let start = self.parts[self.parts.startIndex].readSlice(length: count) else {
            return self.parts.removeFirst()
        }
        return start
    }
}
