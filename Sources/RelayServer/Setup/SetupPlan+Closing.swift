/// One numbered line of what is left to do, and what goes below it.
package struct SetupStep: Sendable, Equatable {
    package var title: String
    package var lines: [String]

    init(_ title: String, _ lines: [String] = []) { (self.title, self.lines) = (title, lines) }
}

extension SetupPlan {
    /// The steps as a terminal shows them.
    package func closingText(_ outcome: SetupOutcome) -> String {
        let steps = self.steps(outcome).enumerated().map { number, step in
            (["\(number + 1). \(step.title)"] + step.lines.map { "       \($0)" }).joined(separator: "\n")
        }
        return (steps + outcome.notes.map { "Note: \($0)" }).joined(separator: "\n\n").forClosing
    }

    package func steps(_ outcome: SetupOutcome) -> [SetupStep] {
        [self.filesStep(outcome), self.firewallStep(outcome), self.certificateStep(outcome), self.startStep, self.lookStep]
            .compactMap { $0 } + [self.joinStep(outcome), SetupStep("Operators type:", self.operatorCommands)]
    }

    private func filesStep(_ outcome: SetupOutcome) -> SetupStep {
        let width = outcome.files.map(\.path.count).max() ?? 0
        let lines = outcome.files.map { file in
            let space = String(repeating: " ", count: width - file.path.count)
            return "\(file.path)\(space)  \(file.state.rawValue)\(file.mode.map { ", mode \($0)" } ?? ""): \(file.purpose)"
        }
        return SetupStep("The files:", lines)
    }

    private func certificateStep(_ outcome: SetupOutcome) -> SetupStep? {
        guard outcome.lacksCertificate, case .certificate(let certificate, let key) = self.encryption else { return nil }
        let place = "The relay reads \(certificate) and \(key)"
        guard !self.host.isAddress else {
            return SetupStep(
                "\(place): put a certificate for \(self.host) there. Certbot gets one for a name, not for an address.")
        }
        var lines = self.certificateCommands
        if lines.isEmpty {
            let files = "--certificate \(self.directory)/fullchain.pem --key \(self.directory)/privkey.pem"
            lines = [
                "Keys in /etc/letsencrypt are root's alone. Run setup again with \(files) and --replace: a hook copies them."
            ]
        }
        if !self.place.isPackaged {
            lines.append("After a renewal the relay needs a SIGHUP, or a restart: let the hook do what runs it.")
        }
        lines += ["Then ask whether all is well:", self.checkCommand]
        let certbot =
            "Certbot gets both when the ports are open. Its hook copies them\(self.place.isPackaged ? ", and reloads the relay at each renewal" : ""):"
        return SetupStep("\(place), and they are not there yet. \(certbot)", lines)
    }

    private func firewallStep(_ outcome: SetupOutcome) -> SetupStep {
        let ports = self.ports(wantsCertificate: outcome.lacksCertificate)
        let list = ports.map { "\($0.port) (\($0.purpose))" }.joined(separator: " and ")
        let name = self.host.isAddress ? "" : " The name \(self.host) has to lead to this machine, by IPv4."
        return SetupStep(
            "Open TCP port \(list).\(name) With ufw, or with nft:",
            Self.firewall(ports) + [
                "In the cloud: let the security group of this machine take in the same TCP ports from 0.0.0.0/0.",
                "Port 7778, the operators', stays closed"
                    + (self.encryption == .plain ? "." : ", and so does \(Self.plainPort)."),
            ])
    }

    private var startStep: SetupStep {
        switch self.encryption {
        case .plain: return SetupStep("Start the relay:", self.startCommands)
        case .certificate:
            return SetupStep("Start the relay. Without TLS only this machine can connect then:", self.startCommands)
        case .proxy:
            let examples = self.place.isPackaged ? "/usr/share/doc/tickrelay/Tools/examples/proxies" : "Tools/examples/proxies"
            let title = "Start the relay, which then takes connections of this machine alone, and a proxy with a certificate for"
            return SetupStep(
                "\(title) \(self.host) before it:",
                self.startCommands + ["HAProxy, nginx and Caddy, whole and commented: \(examples)"])
        }
    }

    private var lookStep: SetupStep {
        SetupStep(
            "See that it runs: the first says {\"ok\":true,…} from anywhere, the second says ready on this machine:",
            self.lookCommands)
    }

    private func joinStep(_ outcome: SetupOutcome) -> SetupStep {
        guard case .tickets(let player) = self.access else {
            return SetupStep("Join, from a page:", [self.javaScript(ticket: nil)])
        }
        guard let ticket = outcome.ticket else {
            return SetupStep(
                "Join with a ticket of your game's server, which has the keys that sign, from a page:",
                [self.javaScript(ticket: "TICKET")])
        }
        return SetupStep(
            "A first ticket lets \(player) into \(self.room) for 12 hours. Who has it is that player: do not print it into logs.",
            [ticket.text, "From a page:", self.javaScript(ticket: ticket.text), "One more:", self.ticketCommand ?? ""])
    }
}

extension String {
    /// Whatever a name has in it, a terminal shows and obeys nothing. Line ends are ours.
    fileprivate var forClosing: String {
        self.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).forTerminal }.joined(separator: "\n")
    }
}
