/// A TCP port that has to be reachable from outside.
package struct SetupPort: Sendable, Equatable, Encodable {
    package var port: Int
    package var purpose: String
}

extension SetupPlan {
    /// What to open in the firewall, the smallest number first.
    ///
    /// - Parameter wantsCertificate: Whether certbot is to get one.
    package func ports(wantsCertificate: Bool) -> [SetupPort] {
        switch self.encryption {
        case .certificate:
            let certbot = SetupPort(port: 80, purpose: "certbot, now and at each renewal")
            let players = SetupPort(port: self.publicPort, purpose: "players, by TLS")
            return (wantsCertificate || self.hasOwnCertificate) && !self.host.isAddress ? [certbot, players] : [players]
        case .proxy: return [SetupPort(port: self.publicPort, purpose: "players, by TLS, at the proxy")]
        case .plain: return [SetupPort(port: self.publicPort, purpose: "players, not encrypted")]
        }
    }

    /// Whether certificate and key are where certbot's hook copies them: then its renewals need their port as well.
    private var hasOwnCertificate: Bool {
        [self.encryption.certificate, self.encryption.key].allSatisfy { $0?.hasPrefix("\(self.directory)/") == true }
    }

    /// The lines for two kinds of firewalls.
    static func firewall(_ ports: [SetupPort]) -> [String] {
        let numbers = ports.map { "\($0.port)" }
        return numbers.map { "sudo ufw allow \($0)/tcp" } + [
            "sudo nft insert rule inet filter input tcp dport '{ \(numbers.joined(separator: ", ")) }' accept"
        ]
    }
}
