import RelayWire
import RelayWireJSON

/// Reads a WebSocket up to its first message. Owns no socket and no clock.
///
/// Give every read to ``receive(_:)`` and do what it says. After ``Action/hello(_:)`` the rest belongs to the arena: take
/// ``decoder`` and ``unread``, and go on giving reads to ``receive(_:)``, which then only keeps them.
struct HelloReader {
    /// What the caller must do. An answer holds whole WebSocket frames; it may be empty.
    enum Action: Equatable {
        /// Send the answer, and read on.
        case readOn(answer: [UInt8])
        /// The first message, complete. Send the answer before anything else.
        case hello(FirstMessage, answer: [UInt8])
        /// Send a close frame and close.
        case refuse(Refusal)
        /// The peer has closed; answer with this close frame.
        case closed(answer: [UInt8])
    }

    /// The codec; after the hello it goes to the arena as it is.
    private(set) var decoder: WebSocketDecoder
    /// Bytes that came after the hello and that the codec has not seen.
    private(set) var unread: [UInt8] = []
    /// A text heartbeat has come.
    private(set) var hasHeartbeat = false
    /// Messages and control frames until now.
    private(set) var items = 0
    private let form: WireForm
    private var isComplete: Bool
    private var owed = OwedHeartbeats()

    /// - Parameters:
    ///   - messageBytes: The longest client message, for the whole life of the connection.
    ///   - isComplete: The URL said hello already: all that comes belongs to the arena.
    init(messageBytes: Int, form: WireForm, isComplete: Bool = false) {
        self.decoder = WebSocketDecoder(role: .server, maximumMessageBytes: messageBytes)
        (self.form, self.isComplete) = (form, isComplete)
    }

    /// Takes the bytes of one read. Of several pings, and of several heartbeats of a kind, only the last is answered: SPEC section 2.
    mutating func receive(_ bytes: consuming [UInt8]) -> Action {
        guard !self.isComplete else {
            self.unread += bytes
            return .readOn(answer: [])
        }
        var offset = 0
        let action = bytes.withUnsafeMutableBytes { self.read($0, &offset) }
        if self.isComplete { self.unread = Array(bytes[offset...]) }
        return action
    }

    private mutating func read(_ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int) -> Action {
        var pong: [UInt8] = []
        do throws(WebSocketError) {
            while let item = try self.decoder.next(in: buffer, from: &offset) {
                self.items += 1
                switch item {
                case .ping(let payload): pong = WebSocketEncoder.pongFrame(payload: payload)
                case .pong: break
                case .close(let code, _): return .closed(answer: WebSocketEncoder.closeFrame(code: code ?? 1000))
                case .message(let message):
                    if self.takeHeartbeat(message) { continue }
                    return self.judge(message, pong)
                }
            }
        } catch {
            return .refuse(Refusal(code: error.closeCode, sentence: error.message))
        }
        return .readOn(answer: pong + self.owed.takeFrames())
    }

    private mutating func takeHeartbeat(_ message: WebSocketMessage) -> Bool {
        guard self.form == .json, message.opcode == .text, let heartbeat = TextHeartbeat(message.payload) else { return false }
        self.hasHeartbeat = true
        self.owed.add(heartbeat, message.payload)
        return true
    }

    private mutating func judge(_ message: WebSocketMessage, _ pong: [UInt8]) -> Action {
        do throws(Refusal) {
            let first = self.form == .binary ? try Self.binary(message) : try Self.json(message)
            self.isComplete = true
            return .hello(first, answer: pong + self.owed.takeFrames())
        } catch {
            return .refuse(error)
        }
    }

    private static func binary(_ message: WebSocketMessage) throws(Refusal) -> FirstMessage {
        guard message.opcode == .binary else { throw Refusal(.wrongMessageType) }
        do throws(WireError) {
            let decoded = try ClientMessage(decoding: Span(_unsafeBytes: message.payload))
            switch decoded {
            case .hello, .rejoin: return FirstMessage(decoded)
            case .uplink, .ack, .resync, .leave, .visibility: break
            }
        } catch {
            throw Refusal(error.closeCode)
        }
        throw Refusal(.outOfPlace)
    }

    private static func json(_ message: WebSocketMessage) throws(Refusal) -> FirstMessage {
        guard message.opcode == .text else { throw Refusal(.wrongMessageType, JSONError.binarySentence) }
        do throws(JSONError) {
            return FirstMessage(try JSONOpening(decoding: Span(_unsafeBytes: message.payload)))
        } catch {
            throw Refusal(error.closeCode, error.sentence)
        }
    }
}
