/// The reason why a WebSocket stream cannot be read any further. The connection is over: send a close frame with ``closeCode``.
///
/// One byte, so that a flood of bad frames costs no allocation to report.
package enum WebSocketError: UInt8, Error, Equatable, Sendable, CaseIterable {
    /// RSV1, RSV2 or RSV3 is set although no extension was negotiated.
    case reservedBitsSet
    /// The opcode is 3–7 or 11–15.
    case unknownOpcode
    /// A client's frame is not masked.
    case unmaskedClientFrame
    /// A server's frame is masked.
    case maskedServerFrame
    /// A ping, pong or close frame without FIN.
    case fragmentedControlFrame
    /// A ping, pong or close frame with more than 125 bytes.
    case controlFrameTooLong
    /// A continuation frame while no message is open.
    case continuationWithoutStart
    /// A text or binary frame while a fragmented message is still open.
    case messageInsideMessage
    /// A length written in more bytes than it needs.
    case lengthNotMinimal
    /// A 64-bit length whose top bit is set.
    case lengthOutOfRange
    /// A message (the sum of its fragments) is longer than the limit.
    case messageTooLong
    /// A message has more than ``WebSocketDecoder/maximumFragmentsPerMessage`` fragments.
    case tooManyFragments
    /// A text message is not valid UTF-8.
    case textNotUTF8
    /// A close frame with a payload of one byte.
    case closePayloadTooShort
    /// A close code that must not be sent.
    case closeCodeInvalid
    /// A close reason is not valid UTF-8.
    case closeReasonNotUTF8

    /// The status code for the close frame that answers this error (RFC 6455 §7.4.1): 1002, 1007 or 1009.
    package var closeCode: UInt16 {
        switch self {
        case .reservedBitsSet, .unknownOpcode, .unmaskedClientFrame, .maskedServerFrame, .fragmentedControlFrame,
            .controlFrameTooLong, .continuationWithoutStart, .messageInsideMessage, .lengthNotMinimal,
            .lengthOutOfRange, .closePayloadTooShort, .closeCodeInvalid:
            return 1002
        case .textNotUTF8, .closeReasonNotUTF8:
            return 1007
        case .messageTooLong, .tooManyFragments:
            return 1009
        }
    }

    /// One sentence of advice to the author of the peer. At most 123 bytes of ASCII, so that it fits into a close frame.
    ///
    /// - Complexity: O(1). Does not allocate: every sentence is a literal.
    package var message: String {
        switch self {
        case .reservedBitsSet: return "Leave RSV1, RSV2 and RSV3 at 0: no extension was negotiated."
        case .unknownOpcode: return "Send only opcodes 0, 1, 2, 8, 9 and 10: the others are reserved."
        case .unmaskedClientFrame: return "Mask every frame that a client sends."
        case .maskedServerFrame: return "Do not mask frames that a server sends."
        case .fragmentedControlFrame: return "Set FIN on every ping, pong and close: they must not be fragmented."
        case .controlFrameTooLong: return "Keep the payload of a ping, pong or close within 125 bytes."
        case .continuationWithoutStart: return "Start a message with a text or binary frame before continuing it."
        case .messageInsideMessage: return "Finish the fragmented message before starting another one."
        case .lengthNotMinimal: return "Write the payload length in the fewest bytes that hold it."
        case .lengthOutOfRange: return "Leave the top bit of a 64-bit payload length at 0."
        case .messageTooLong: return "Send shorter messages: this one exceeds the limit."
        case .tooManyFragments: return "Send a message in at most 64 fragments."
        case .textNotUTF8: return "Send text messages as valid UTF-8, or use binary messages."
        case .closePayloadTooShort: return "Send either no close payload or a 2-byte status code and a reason."
        case .closeCodeInvalid: return "Send a close code of 1000-1003, 1007-1014 or 3000-4999."
        case .closeReasonNotUTF8: return "Send the close reason as valid UTF-8."
        }
    }
}
