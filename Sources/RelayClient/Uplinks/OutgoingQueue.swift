import RelayWire

/// Encoded messages that wait to be sent, in one reused piece of memory.
///
/// Its length is bounded by its sources: uplinks and acknowledgements stay within the relay's burst, and the owner drains the
/// queue after each input.
struct OutgoingQueue: ~Copyable {
    private var writer = WireWriter(capacity: 512)
    private var ends: [Int] = []

    init() {}

    var isEmpty: Bool { self.ends.isEmpty }

    /// Queues the bytes that `write` appends as one message. Returns its length in bytes.
    @discardableResult
    mutating func message(_ write: (inout WireWriter) -> Void) -> UInt64 {
        let start = self.writer.count
        write(&self.writer)
        self.ends.append(self.writer.count)
        return UInt64(self.writer.count - start)
    }

    mutating func drain(_ send: (Span<UInt8>) -> Void) {
        guard !self.ends.isEmpty else { return }
        let payload = self.writer.payload
        var start = 0
        for end in self.ends {
            let message = UnsafeBufferPointer(rebasing: payload.bindMemory(to: UInt8.self)[start..<end])
            send(message.span)
            start = end
        }
        self.removeAll()
    }

    mutating func removeAll() {
        self.writer.removeAll()
        self.ends.removeAll(keepingCapacity: true)
    }
}
