import NIOHTTP1
import RelayWire

/// The form of the protocol that an upgrade asks for.
struct Subprotocol: Equatable, Sendable {
    var form: WireForm
    /// What the answer names; nil if the client offered nothing.
    var name: String?

    static let binary = Subprotocol(form: .binary, name: WireLimits.subprotocol)

    private init(form: WireForm, name: String?) { (self.form, self.name) = (form, name) }

    /// Chooses the binary form where it is offered. A client that offers nothing speaks JSON.
    ///
    /// - Parameter offered: Of the header Sec-WebSocket-Protocol.
    /// - Returns: Nil if nothing that is offered is spoken here.
    init?(offered: [String]) {
        if offered.isEmpty {
            (self.form, self.name) = (.json, nil)
        } else if offered.contains(WireLimits.subprotocol) {
            self = .binary
        } else if offered.contains(WireLimits.jsonSubprotocol) {
            (self.form, self.name) = (.json, WireLimits.jsonSubprotocol)
        } else {
            return nil
        }
    }
}
