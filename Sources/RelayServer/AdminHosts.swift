import HTTPTypes

/// Which requests the admin listener takes for an operator's.
///
/// A web page elsewhere may have its own name resolve to our address ("DNS rebinding"): its browser asks us in that name and
/// lets it read the answer. An address has no name that could be made to mean us.
struct AdminHosts: Sendable {
    /// The host that the listener was told to listen on; its only name besides those of loopback.
    var configured: String

    /// Why a request is not answered.
    struct Refusal: Equatable {
        var status: HTTPResponse.Status
        var sentence: String
    }

    /// Nil if the request is to be answered.
    func refusal(of request: HTTPRequest) -> Refusal? {
        let hosts = [request.authority].compactMap { $0 } + Self.values(of: "Host", in: request)
        guard hosts.count == 1, let host = Authority(hosts[0]) else {
            return Refusal(status: .badRequest, sentence: "A request names the host that it is for in one Host header.")
        }
        guard host.isAddress || host.isLoopback || host.host == self.configured.lowercased() else {
            let sentence =
                "The admin listener is not known by this name: ask an address, localhost, or the name that 'admin' is set to."
            return Refusal(status: .misdirectedRequest, sentence: sentence)
        }
        guard Self.values(of: "Origin", in: request).allSatisfy({ Authority(origin: $0) == host }) else {
            return Refusal(status: .forbidden, sentence: "Only pages of this listener itself may ask it.")
        }
        return nil
    }

    private static func values(of name: String, in request: HTTPRequest) -> [String] {
        HTTPField.Name(name).map { request.headerFields[values: $0] } ?? []
    }
}
