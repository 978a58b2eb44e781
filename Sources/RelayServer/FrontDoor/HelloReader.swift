import RelayWire

/// Reads a WebSocket up to its first message. Owns no socket and no clock.
///
/// Give every read to ``receive(_:)`` and do what it says. After ``Action/hello(_:)`` the rest belongs to the arena: take
/// ``decoder`` and ``unread``, and go on giving reads to ``receive(_:)``, which then only keeps them.
struct HelloReader {
    /// What the caller must do.
    enum Action: Equatable {
        /// Read on; first send this pong, if there is one.
        case readOn(pong: [UInt8]?)
        /// The first message, complete.
        case hello(ClientMessage, pong: [UInt8]?)
        /// Send a close frame and close.
        case refuse(Refusal)
        /// The peer has closed; answer with this close frame.
        case closed(answer: [UInt8])
    }

    /// The codec; after the hello it goes to the arena as it is.
    private(set) var decoder: WebSocketDecoder
    /// Bytes that came after the hello and that the codec has not seen.
    private(set) var unread: [UInt8] = []
    private var isComplete = false

    /// - Parameter messageBytes: The longest client message, for the whole life of the connection.
    init(messageBytes: Int) {
        self.decoder = WebSocketDecoder(role: .server, maximumMessageBytes: messageBytes)
    }

    /// Takes the bytes of one read. Of several pings only the last is answered: SPEC section 2.
    mutating func receive(_ bytes: consuming [UInt8]) -> Action {
        guard !self.isComplete else {
            self.unread += bytes
            return .readOn(pong: nil)
        }
        var offset = 0
        let action = bytes.withUnsafeMutableBytes { self.read($0, &offset) }
        if self.isComplete { self.unread = Array(bytes[offset...]) }
        return action
    }

    private mutating func read(_ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int) -> Action {
        var pong: [UInt8]?
        do throws(WebSocketError) {
            while let item = try self.decoder.next(in: buffer, from: &offset) {
                switch item {
                case .ping(let payload): pong = WebSocketEncoder.pongFrame(payload: payload)
                case .pong: break
                case .close(let code, _): return .closed(answer: WebSocketEncoder.closeFrame(code: code ?? 1000))
                case .message(let message): return self.judge(message, pong: pong)
                }
            }
        } catch {
            return .refuse(Refusal(code: error.closeCode, sentence: error.message))
        }
        return .readOn(pong: pong)
    }

    private mutating func judge(_ message: WebSocketMessage, pong: [UInt8]?) -> Action {
        guard message.opcode == .binary else { return .refuse(Refusal(.wrongMessageType)) }
        do throws(WireError) {
            let decoded = try ClientMessage(decoding: Span(_unsafeElements: message.payload.assumingMemoryBound(to: UInt8.self)))
            switch decoded {
            case .hello, .rejoin:
                self.isComplete = true
                return .hello(decoded, pong: pong)
            case .uplink, .ack, .resync, .leave:
                return .refuse(Refusal(.outOfPlace))
            }
        } catch {
            return .refuse(Refusal(error.closeCode))
        }
    }
}
