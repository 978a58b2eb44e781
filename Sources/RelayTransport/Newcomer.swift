import RelayHosting
import RelayCore
import RelayWire

/// A connection that has said hello, and what was read from it until then.
package struct Newcomer {
    package var request: Admission.Request
    /// The codec behind the hello, with the bytes of an incomplete message that it holds.
    package var decoder: WebSocketDecoder
    /// Bytes that were read behind the hello and not yet given to the codec.
    package var unread: [UInt8]
    /// When the hello was read.
    package var arrival: Instant
    package var form: ClientForm
    /// What is known of it.
    package var introduction: Introduction
    /// Address and port; empty if nobody knows them.
    package var peer: String
    /// To be kept as long as the connection: ``Admission/hold``.
    package var hold: (any AnyObject & Sendable)?

    package init(
        _ request: Admission.Request, form: ClientForm = .binary, introduction: Introduction = Introduction(),
        decoder: WebSocketDecoder,
        unread: [UInt8], arrival: Instant, peer: String = "", hold: (any AnyObject & Sendable)? = nil
    ) {
        (self.request, self.form, self.introduction) = (request, form, introduction)
        (self.decoder, self.unread, self.arrival) = (decoder, unread, arrival)
        (self.peer, self.hold) = (peer, hold)
    }
}
