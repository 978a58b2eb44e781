import RelayWire
import RelayWireJSON

/// The first message of a connection, complete: a hello or a rejoin, in either form.
struct FirstMessage: Equatable {
    var message: ClientMessage
    var form: ClientForm

    init(_ message: ClientMessage) { (self.message, self.form) = (message, .binary) }

    init(_ opening: JSONOpening) { (self.message, self.form) = (opening.message, .json(opening.acknowledgement)) }
}
