import RelayWire

/// Messages written beforehand, all in one array: reading them allocates nothing.
struct Script {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    var count: Int { self.ends.count - 1 }

    mutating func append(_ message: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: message)
        self.ends.append(self.bytes.count)
    }

    /// Makes a client message acknowledge another tick. Ticks of benchmarks have three bytes, right after the kind.
    mutating func acknowledge(_ tick: Tick, in index: Int) {
        let start = self.ends[index] + 1
        self.bytes[start] = UInt8(tick.rawValue & 127) | 128
        self.bytes[start + 1] = UInt8(tick.rawValue >> 7 & 127) | 128
        self.bytes[start + 2] = UInt8(tick.rawValue >> 14)
    }

    /// Lends one of the messages.
    func message<Result>(_ index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        body(self.bytes.span.extracting(self.ends[index]..<self.ends[index + 1]))
    }
}
