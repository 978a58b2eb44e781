extension SetupPlan {
    /// A setting with its reason.
    private struct Setting {
        var key: ConfigurationKey
        var value: String
        var sentence: String

        init(_ key: ConfigurationKey, _ value: String, _ sentence: String) {
            (self.key, self.value, self.sentence) = (key, value, sentence)
        }

        var line: String { "\(SetupText.json(self.key.rawValue)): \(SetupText.json(self.value))," }
    }

    /// The file of settings: those that were chosen with a sentence each.
    package var settingsText: String {
        var lines = [
            "// Settings of the relay at \(self.host), by 'tickrelay setup'. All that exist: tickrelay check-config --example",
            "// After a change: tickrelay check-config --config \(SetupText.shell(self.settingsFile))",
            "{",
        ]
        for setting in self.placeSettings + self.accessSettings {
            lines += ["    // \(setting.sentence)", "    \(setting.line)"]
        }
        for setting in self.suggestions { lines += ["    // \(setting.sentence)", "    // \(setting.line)"] }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// Where players connect.
    private var placeSettings: [Setting] {
        let socket = self.place.isPackaged ? " The unit tickrelay.socket says it, whatever stands here." : ""
        let loopback = "127.0.0.1:\(Self.plainPort)"
        switch self.encryption {
        case .plain: return [Setting(.listen, "*:\(Self.plainPort)", "Players connect here, and nothing is encrypted." + socket)]
        case .proxy:
            return [
                Setting(.listen, loopback, "The proxy connects here, and nobody from another machine." + socket),
                Setting(
                    .proxies, "127.0.0.1",
                    "The proxy is believed about whose connections it passes on, and so is every program of this machine."),
            ]
        case .certificate(let certificate, let key):
            let unit = self.place.isPackaged ? " The unit tickrelay-tls.socket says it, whatever stands here." : ""
            return [
                Setting(.listen, loopback, "Without TLS only this machine connects." + socket),
                Setting(.tlsListen, "*:\(self.publicPort)", "Players connect here by TLS." + unit),
                Setting(
                    .tlsCertificate, certificate,
                    "The certificate, then those that lead to its authority. A reload takes a renewed one."),
                Setting(.tlsKey, key, "Its key, which everybody else must not be able to read."),
            ]
        }
    }

    /// Who may do what.
    private var accessSettings: [Setting] {
        var settings: [Setting] = []
        switch self.access {
        case .open: settings.append(Setting(.access, "open", "Whoever reaches the relay may play and make rooms."))
        case .tickets:
            settings.append(Setting(.access, "tickets", "Who has a ticket of the game's server may play."))
            settings.append(Setting(.ticketKeys, self.relayFile, "The public half of the keys that sign tickets: no secret."))
        }
        if self.hasAdminToken {
            settings.append(
                Setting(.adminToken, self.tokenFile, "Operators who say what is in this file may act: kick, ban, close rooms."))
        }
        if !self.origins.isEmpty {
            let sentence = "Pages of these hosts may connect; those of \(self.host) may anyway."
            settings.append(Setting(.allowedOrigins, self.origins.joined(separator: ","), sentence))
        }
        return settings
    }

    /// Commented out: what the next step may need.
    private var suggestions: [Setting] {
        var settings: [Setting] = []
        if self.origins.isEmpty {
            let sentence = "Pages of \(self.host) may connect. Those of other hosts may if they stand here:"
            settings.append(Setting(.allowedOrigins, "https://game.example", sentence))
        }
        if self.encryption == .proxy {
            settings.append(
                Setting(.proxyProtocol, "required", "HAProxy as in Tools/examples/proxies says whose they are in a PROXY header:")
            )
        }
        if self.access == .open {
            settings.append(Setting(.playground, "on", "A page to try the relay, for everybody, at \(self.webURL)/"))
        }
        return settings
    }
}
