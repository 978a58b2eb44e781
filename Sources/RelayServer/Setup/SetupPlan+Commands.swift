/// Commands for the operator to type. Each is one line of a shell.
extension SetupPlan {
    /// Gets a certificate, and copies it to where the relay reads it. None where another program encrypts, nor where certbot
    /// keeps the files itself: a copy would be put over its own source.
    package var certificateCommands: [String] {
        guard case .certificate(let certificate, let key) = self.encryption, !self.host.isAddress else { return [] }
        guard ![certificate, key].contains(where: { $0.hasPrefix("/etc/letsencrypt/") }) else { return [] }
        let owner =
            self.place.group.map { "-m 640 -g \(SetupText.shell($0))" }
            ?? self.place.owner.map { "-m 600 -o \(SetupText.shell($0))" }
        func copy(_ name: String, _ path: String) -> String {
            "install \(owner ?? "-m 600") \"$RENEWED_LINEAGE/\(name)\" \(SetupText.shell(path))"
        }
        // What is not running needs no reload: the hook is run for the first certificate as well. Without the package nobody knows what runs it.
        let reload = self.place.isPackaged ? ["systemctl try-reload-or-restart tickrelay"] : []
        let hook = ([copy("fullchain.pem", certificate), copy("privkey.pem", key)] + reload).joined(separator: " && ")
        return ["sudo certbot certonly --standalone -d \(self.host) --deploy-hook \(SetupText.shell(hook))"]
    }

    /// Judges the settings as the relay's user would.
    package var checkCommand: String {
        let user = self.place.isPackaged ? "sudo -u tickrelay " : ""
        return "\(user)tickrelay check-config --config \(SetupText.shell(self.settingsFile))"
    }

    /// Starts the relay with these settings, or starts it again.
    package var startCommands: [String] {
        guard self.place.isPackaged else { return ["tickrelay serve --config \(SetupText.shell(self.settingsFile))"] }
        switch self.encryption {
        case .plain:
            // Whatever an earlier setup has closed or opened.
            return [
                "sudo rm -f \(Self.loopbackDropIn)", "sudo systemctl daemon-reload",
                "sudo systemctl disable --now tickrelay-tls.socket",
                "sudo systemctl enable tickrelay.service", "sudo systemctl stop tickrelay.service tickrelay.socket",
                "sudo systemctl start tickrelay.service",
            ]
        case .proxy: return ["sudo systemctl disable --now tickrelay-tls.socket"] + self.restart(enable: "tickrelay.service")
        case .certificate: return self.restart(enable: "tickrelay.service tickrelay-tls.socket")
        }
    }

    private static let loopbackDropIn = "/etc/systemd/system/tickrelay.socket.d/listen.conf"

    /// With the socket for players without TLS on loopback alone. It is closed for a moment, or it would keep its old address.
    private func restart(enable units: String) -> [String] {
        let address = "[Socket]\\nListenStream=\\nListenStream=127.0.0.1:\(Self.plainPort)\\n"
        return [
            "printf '\(address)' | sudo install -D -m 644 /dev/stdin \(Self.loopbackDropIn)",
            "sudo systemctl daemon-reload",
            "sudo systemctl enable \(units)",
            "sudo systemctl stop tickrelay.service tickrelay.socket",
            "sudo systemctl start tickrelay.service",
        ]
    }

    /// Shows that it runs: from elsewhere, and here.
    package var lookCommands: [String] {
        ["curl \(SetupText.shell("\(self.webURL)/sdk/v1/check"))", "curl http://127.0.0.1:7778/readyz"]
    }

    /// Before what reads secrets. Those of another user than root are refused to root, because that user could change them.
    private var privilege: String { self.place.owner == nil ? "sudo " : "" }

    /// Signs one more ticket; nil where anybody may play.
    package var ticketCommand: String? {
        guard case .tickets(let player) = self.access else { return nil }
        return "\(self.privilege)tickrelay ticket --keys \(SetupText.shell(self.issuerFile)) --player=\(SetupText.shell(player))"
            + " --room=\(SetupText.shell(self.room)) --rights create,play --lifetime 12h"
    }

    /// What operators type.
    package var operatorCommands: [String] {
        guard self.hasAdminToken else { return ["tickrelay rooms list"] }
        let token = "--token-file \(SetupText.shell(self.tokenFile))"
        return [
            "\(self.privilege)tickrelay rooms list \(token)",
            "\(self.privilege)tickrelay rooms kick ROOM SEAT --reason WHY \(token)",
        ]
    }
}
