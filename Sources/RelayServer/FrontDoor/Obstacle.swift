/// Why an upgrade is refused however well it is formed.
enum Obstacle: Sendable, Equatable {
    /// Descriptors are nearly used up, or there are as many connections as there may be.
    case full
    /// The page that asks is not allowed.
    case origin
    /// The client's address has as many connections as it may.
    case crowdedAddress
    /// The client's address has as many unfinished handshakes as it may.
    case crowdedHandshakes
    /// From the client's address came too many requests, hellos or tokens that were refused. Milliseconds until there is time for it again.
    case failingAddress(wait: Int)
    /// A trusted proxy did not say whose request it passes on, or nothing that makes sense.
    case proxy

    /// The word for it, for programs.
    var code: String {
        switch self {
        case .full: "full"
        case .origin: "origin"
        case .crowdedAddress: "crowdedAddress"
        case .crowdedHandshakes: "crowdedHandshakes"
        case .failingAddress: "failingAddress"
        case .proxy: "proxy"
        }
    }

    /// What to do about it.
    var sentence: String {
        switch self {
        case .full: "The relay is full: try again later."
        case .origin: "Pages of this origin may not connect: add it to allowedOrigins, or serve a page that is a file."
        case .crowdedAddress: "Too many connections from your address: close some, or try again later."
        case .crowdedHandshakes: "Too many unfinished handshakes from your address: try again later."
        case .failingAddress: "Too many refused requests from your address: try again later."
        case .proxy: "The proxy in between does not say whose request this is: look at forwardedHeader and trustedHops."
        }
    }

    /// The status of the answer, the counter, and whether waiting helps.
    var refusal: (status: Int, reason: String, counter: FrontDoorCounters.Reason, mayRetry: Bool) {
        switch self {
        case .full: (503, "Service Unavailable", .refusedNearCapacity, true)
        case .origin: (403, "Forbidden", .refusedOrigin, false)
        case .crowdedAddress: (429, "Too Many Requests", .connectionsPerAddress, true)
        case .crowdedHandshakes: (429, "Too Many Requests", .handshakesPerAddress, true)
        case .failingAddress: (429, "Too Many Requests", .failuresPerAddress, true)
        case .proxy: (400, "Bad Request", .forwardedRefused, false)
        }
    }

    /// - Parameter retryAfter: Milliseconds, where nothing better is known.
    func answer(retryAfter: Int) -> HTTPAnswer {
        let refusal = self.refusal
        let wait = if case .failingAddress(let wait) = self { wait } else { retryAfter }
        let headers = refusal.mayRetry ? [("Retry-After", "\((wait + 999) / 1000)")] : []
        return HTTPAnswer(refusal.status, refusal.reason, self.sentence, headers)
    }
}
