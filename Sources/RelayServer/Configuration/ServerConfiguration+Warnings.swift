extension ServerConfiguration {
    /// What is no mistake and yet not what somebody who writes it wants, in documented order.
    ///
    /// - Parameter now: Seconds since 1970.
    package func warnings(at now: Int) -> [InvalidConfiguration.Problem] {
        let idle = ConfigurationKey.allCases.compactMap { key -> InvalidConfiguration.Problem? in
            guard self.written.texts[key] != nil, let reason = self.idleness(of: key) else { return nil }
            return .init(key: key.rawValue, value: "", rule: "has no effect \(reason)")
        }
        let objection = self.tls?.pair.objection(at: now)
        return idle + (objection.map { [.init(key: "tlsCertificate", value: "", rule: "\($0): clients refuse it")] } ?? [])
    }

    /// Why a setting does nothing as the others are; nil if it does something.
    private func idleness(of key: ConfigurationKey) -> String? {
        switch key {
        case .tlsCertificate, .tlsKey, .tlsThreads: self.tls == nil ? "without tlsListen" : nil
        case .ticketKeys, .ticketIssuer, .ticketAudience, .ticketSkew:
            self.access.asksForTickets ? nil : "unless access is tickets"
        case .forwardedHeader, .trustedHops:
            switch self.proxies.source {
            case _ where self.proxies.isEmpty: "without proxies"
            case .proxyProtocol: "with proxyProtocol"
            case .header: nil
            }
        default: nil
        }
    }
}
