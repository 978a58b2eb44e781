import RelayWireJSON

/// A ticket that lets nobody in, and what exactly is wrong with it.
package struct RefusedTicket: Error, Hashable, Sendable {
    package var fault: TicketFault
    /// Words of ours, and the name of a claim; of what strangers chose the `kid` alone, which is no secret: bounded, and escaped.
    package var detail: String?
    /// What to do about it, for the player. At most 123 bytes of ASCII.
    package var sentence: String

    init(_ fault: TicketFault) { (self.fault, self.sentence) = (fault, fault.sentence) }

    /// - Parameter detail: Continues "the ticket's": a claim's name, and what is wrong with it.
    init(_ fault: TicketFault, _ detail: String) {
        self.init(fault)
        (self.detail, self.sentence) = (detail, "The ticket's \(detail): see SPEC.md section 19.")
    }

    /// The key is not one of ours.
    init(kid: String) {
        self.init(.unknownKey)
        self.detail = "kid '\(JSONKey(kid))' is not among the relay's keys"
    }
}
