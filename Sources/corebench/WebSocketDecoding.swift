import RelayWire

/// Finds masked client frames in what one read returned: eight messages of a game's size.
final class WebSocketDecoding: Scenario {
    private static let messages = 8
    private var decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 16_384)
    private var wire: [UInt8] = []
    private var read: [UInt8] = []

    init() {
        let payload = [UInt8](0..<40)
        for index in 0..<Self.messages {
            payload.withUnsafeBytes {
                WebSocketEncoder.appendClientFrame(
                    opcode: .binary, payload: $0, mask: 0x1357_9BDF &+ UInt32(index), to: &self.wire)
            }
        }
        self.read = self.wire
        self.run(1)
    }

    func run(_ count: Int) {
        var found = 0
        for _ in 0..<count {
            // As the kernel would: decoding unmasks in place.
            self.read.withUnsafeMutableBytes { bytes in
                self.wire.withUnsafeBytes { bytes.copyMemory(from: $0) }
                found += self.decode(bytes)
            }
        }
        precondition(found == count * Self.messages)
    }

    private func decode(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var (offset, found) = (0, 0)
        do throws(WebSocketError) {
            while let item = try self.decoder.next(in: bytes, from: &offset) {
                guard case .message(let message) = item, message.payload.count == 40 else { continue }
                found += 1
            }
        } catch {
            preconditionFailure("these are valid frames: \(error)")
        }
        return found
    }
}
