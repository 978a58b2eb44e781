import RelayHosting
import RelayWire

/// Makes the relay's own form of a token, without the signature: no simulated client forges one.
struct PlainMint: TokenMint {
    func mint(_ token: RejoinToken) -> [UInt8] {
        var writer = WireWriter(capacity: 32)
        writer.u64(token.instance.low)
        writer.u64(token.instance.high)
        writer.u32(UInt32(token.seat.rawValue))
        writer.u64(token.generation)
        return writer.array
    }

    func verify(_ bytes: [UInt8]) -> RejoinToken? {
        var cursor = WireCursor()
        guard bytes.count == 28, let low = try? cursor.fixed(UInt64.self, bytes.span),
            let high = try? cursor.fixed(UInt64.self, bytes.span), let seat = try? cursor.fixed(UInt32.self, bytes.span),
            let generation = try? cursor.fixed(UInt64.self, bytes.span)
        else { return nil }
        return RejoinToken(
            instance: RoomInstance(high: high, low: low), seat: SeatNumber(rawValue: UInt16(truncatingIfNeeded: seat)),
            generation: generation
        )
    }
}
