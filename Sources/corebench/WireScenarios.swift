import RelayWire

/// Encodes an uplink of four fields into a buffer that is used again.
final class UplinkEncoding: Scenario {
    private var player = Player(seat: SeatNumber(rawValue: 7))
    private var writer = WireWriter()

    func run(_ count: Int) {
        for _ in 0..<count {
            self.writer.removeAll()
            self.player.step(acknowledging: Ack(tick: Tick(rawValue: Game.firstTick), delay: 15_000), into: &self.writer)
        }
        precondition(self.writer.count > 20)
    }
}

/// Writes a server's header before payloads of the three lengths that there are.
final class WebSocketEncoding: Scenario {
    private static let lengths: InlineArray<3, Int> = [40, 400, 70_000]
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)

    deinit { self.memory.deallocate() }

    func run(_ count: Int) {
        guard let start = self.memory.baseAddress else { return }
        var written = 0
        for _ in 0..<count {
            for index in Self.lengths.indices {
                let length = Self.lengths[index]
                written += WebSocketEncoder.writeServerHeader(opcode: .binary, payloadCount: length, endingAt: start + 32)
            }
        }
        precondition(written == count * 16)
    }
}
