// Settings about who clients are, and how much of them there may be.
extension SettingReader {
    mutating func addressLimits() -> AddressLimits {
        var limits = AddressLimits()
        limits.connections = self.integer(.connectionsPerAddress, 1...1_000_000, default: limits.connections)
        limits.handshakes = self.integer(.handshakesPerAddress, 1...65_536, default: limits.handshakes)
        limits.rooms = self.integer(.roomsPerAddress, 1...65_536, default: limits.rooms)
        limits.joins = self.integer(.joinsPerAddress, 1...1_000_000, default: limits.joins)
        limits.failures = self.integer(.failuresPerAddress, 1...1_000_000, default: limits.failures)
        return limits
    }

    mutating func maximumConnections() -> Int? {
        let number = self.integer(.maximumConnections, 1...1_000_000, default: .max)
        return number == .max ? nil : number
    }

    mutating func proxyTrust() -> ProxyTrust {
        var trust = ProxyTrust()
        for entry in self.list(.proxies) {
            if entry == "unix" {
                trust.includesUnix = true
            } else if let range = AddressRange(entry) {
                trust.ranges.append(range)
            } else {
                self.report(.proxies, entry, "must be an address, a prefix like 10.0.0.0/8 without further bits, or unix")
            }
        }
        let use = self.choice(.proxyProtocol, default: ProxyProtocolUse.off)
        let header = self.choice(.forwardedHeader, default: ForwardedHeader.xForwardedFor)
        trust.source = use == .required ? .proxyProtocol : .header(header)
        trust.hops = self.integer(.trustedHops, 1...16, default: 1)
        self.require(
            use == .off || !trust.isEmpty, .proxyProtocol, with: [.proxies], got: "\(use)",
            "needs 'proxies': a PROXY header is taken from them alone"
        )
        return trust
    }

    mutating func adminToken(credentials directory: String?) -> AdminToken? {
        guard let text = self.text(of: .adminToken) else { return nil }
        do throws(SettingFile.Problem) {
            let file = try SettingFile(setting: text, credentials: directory)
            return try AdminToken(try file.readGuarded(atMost: AdminToken.maximumCount))
        } catch {
            // Not the text: somebody may have written the token itself there.
            self.report(.adminToken, "", "\(error)")
            return nil
        }
    }
}

/// Whether trusted proxies begin their connections with a PROXY header.
private enum ProxyProtocolUse: CaseIterable {
    case off, required
}
