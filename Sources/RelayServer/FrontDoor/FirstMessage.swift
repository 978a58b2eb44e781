import RelayWire
import RelayWireJSON

/// The first message of a connection, complete: a hello or a rejoin, in either form.
struct FirstMessage: Equatable {
    var message: ClientMessage
    var form: ClientForm

    init(_ message: ClientMessage) {
        (self.message, self.form) = (message, .binary)
        switch message {
        case .hello(let hello): self.form.takesPlayers = hello.wantsPlayers
        case .rejoin(let rejoin): self.form.takesPlayers = rejoin.wantsPlayers
        case .uplink, .ack, .resync, .leave, .visibility: break
        }
    }

    init(_ opening: JSONOpening) { (self.message, self.form) = (opening.message, .json(opening.acknowledgement)) }
}
