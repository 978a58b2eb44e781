import HTTPTypes

/// Decides which requests the admin listener answers, by host and origin.
///
/// Guards against DNS rebinding: a foreign web page makes its own name resolve to our address, and the browser lets it read
/// our answers to that name. A request that names an IP address cannot be rebound.
package struct AdminHosts: Sendable {
    /// The host that the listener was told to listen on; its only name besides those of loopback.
    var configured: String

    package init(configured: String) { self.configured = configured }

    /// Why a request is not answered.
    package struct Refusal: Equatable, Sendable {
        package var status: HTTPResponse.Status
        package var sentence: String
    }

    /// Nil if the request is to be answered.
    package func refusal(of request: HTTPRequest) -> Refusal? {
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
        guard
            Self.values(of: "Sec-Fetch-Site", in: request).allSatisfy({ ["same-origin", "none"].contains($0) })
                || Self.isVisit(request)
        else {
            return Refusal(status: .forbidden, sentence: "Pages of elsewhere may link to this listener, and no more.")
        }
        return nil
    }

    /// Somebody follows a link: the page that has the link sees nothing of the answer.
    private static func isVisit(_ request: HTTPRequest) -> Bool {
        request.method == .get && self.values(of: "Sec-Fetch-Mode", in: request) == ["navigate"]
            && self.values(of: "Sec-Fetch-Dest", in: request) == ["document"]
    }

    private static func values(of name: String, in request: HTTPRequest) -> [String] {
        HTTPField.Name(name).map { request.headerFields[values: $0] } ?? []
    }
}
