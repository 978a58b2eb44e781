extension SettingReader {
    /// Reads what goes with `tlsListen`, and opens certificate and key.
    ///
    /// - Parameters:
    ///   - sources: What else is known.
    ///   - processors: Cores of this machine.
    mutating func tls(_ sources: ConfigurationSources, processors: Int) -> TLSSettings? {
        let listen = self.endpoint(.tlsListen)
        let threads = self.integer(.tlsThreads, 1...64, default: min(max(processors / 2, 1), 64))
        let certificate = self.file(.tlsCertificate, credentials: sources.credentialsDirectory)
        let key = self.file(.tlsKey, credentials: sources.credentialsDirectory)
        guard self.text(of: .tlsListen) != nil else {
            self.require(
                sources.inherited.encrypted == nil, .tlsListen, got: "",
                "must be set where systemd passes a socket for TLS: set it, or disable tickrelay-tls.socket")
            return nil
        }
        for (setting, file) in [(ConfigurationKey.tlsCertificate, certificate), (.tlsKey, key)] {
            self.require(file != nil, setting, got: "", "must be set where tlsListen is")
        }
        guard let certificate, let key, let pair = self.pair(certificate, key, sources) else { return nil }
        return listen.map { TLSSettings(listen: $0, pair: pair, threads: threads) }
    }

    private mutating func pair(
        _ certificate: SettingFile, _ key: SettingFile, _ sources: ConfigurationSources
    ) -> IdentityPair? {
        do throws(IdentityPair.Unusable) {
            let pair = try IdentityPair(certificate: certificate, key: key)
            // At a start it is all there is, and is warned of. A reload must not put it in the place of a good one.
            if let running = sources.running, running.latest.tls?.pair != pair, let objection = pair.objection(at: sources.now) {
                self.report(.tlsCertificate, certificate.path, objection)
            }
            return pair
        } catch {
            self.report(error.setting, error.file, error.rule)
            return nil
        }
    }
}
