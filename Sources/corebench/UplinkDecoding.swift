import RelayWire

/// Decodes an uplink of four fields as the room does: head, then every operation into a list that is used again.
final class UplinkDecoding: Scenario {
    private var script = Script()
    private var list = OperationList()
    private static let variants = 64

    init() {
        var player = Player(seat: SeatNumber(rawValue: 7))
        var writer = WireWriter()
        for _ in 0..<Self.variants {
            writer.removeAll()
            player.step(acknowledging: Ack(tick: Tick(rawValue: Game.firstTick), delay: 15_000), into: &writer)
            self.script.append(writer.payload)
        }
        self.run(Self.variants)  // the list grows once
    }

    func run(_ count: Int) {
        for index in 0..<count {
            self.list.removeAll()
            self.script.message(index % Self.variants) { Self.decode($0, into: &self.list) }
        }
    }

    private static func decode(_ message: Span<UInt8>, into list: inout OperationList) {
        guard case .uplink(let head, let operations) = try? ClientMessage(decoding: message) else {
            preconditionFailure("the script holds uplinks only")
        }
        do {
            try list.read(message, from: operations, count: head.operationCount, names: Game.fields.count)
        } catch {
            preconditionFailure("a step is a valid uplink: \(error)")
        }
    }
}
