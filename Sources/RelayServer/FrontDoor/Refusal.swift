import RelayWire

/// The reason for which a connection is closed, as its close frame says it.
struct Refusal: Error, Equatable {
    var code: UInt16
    var sentence: String
    /// Counted beside the code, where one code has several reasons.
    var reason: FrontDoorCounters.Reason?
    /// What is wrong with the ticket, where one is refused: counted, and logged.
    var ticket: TicketFault?
    /// More about it, for the log.
    var ticketDetail: String?

    init(code: UInt16, sentence: String) { (self.code, self.sentence) = (code, sentence) }

    /// - Parameters:
    ///   - sentence: Nil for the code's own.
    ///   - retryAfter: Milliseconds; nil where waiting does not help.
    init(
        _ code: CloseCode, _ sentence: String? = nil, retryAfter: Int? = nil, reason: FrontDoorCounters.Reason? = nil
    ) {
        let hint = retryAfter.map { " (retry after \($0) ms)" } ?? ""
        self.init(code: code.rawValue, sentence: (sentence ?? code.sentence) + hint)
        self.reason = reason
    }

    init(_ fault: TicketFault, _ sentence: String? = nil) {
        self.init(fault.closeCode, sentence ?? fault.sentence)
        self.ticket = fault
    }

    init(_ refused: RefusedTicket) {
        self.init(refused.fault, refused.sentence)
        self.ticketDetail = refused.detail
    }

    /// Another relay has the room.
    ///
    /// - Parameter url: At most 123 bytes of printable ASCII. Another one is counted, and the client is told of an internal error: half a URL
    ///   leads nowhere.
    init(elsewhere url: String) {
        let isUsable = url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if isUsable, (1...WebSocketEncoder.maximumReasonBytes).contains(url.utf8.count) {
            self.init(code: CloseCode.elsewhere.rawValue, sentence: url)
        } else {
            self.init(.internalError, reason: .refusedBadURL)
        }
    }

    /// Whether only the peer can have caused it: what it sent, or a token or ticket that is not ours. A ticket that is, but is of no use now or
    /// here, is no failure: those behind one address may all hold tickets of an hour ago.
    var isPeersFault: Bool {
        switch CloseCode(rawValue: self.code) {
        case .protocolError, .wrongMessageType, .badText, .tooBig, .malformed, .unknownKind, .unsupportedVersion, .rateLimited,
            .outOfPlace, .tokenRefused, .ticketMissing, .ticketRefused, .wrongPassword:
            true
        default: false
        }
    }

    /// The whole close frame.
    var frame: [UInt8] { WebSocketEncoder.closeFrame(code: self.code, reason: self.sentence) }
}
