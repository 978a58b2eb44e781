import ArgumentParser
import Foundation
import RelayServer

/// What a command line says about how a relay goes live.
struct SetupOptions: ParsableArguments {
    @Option(help: "Where settings and keys go.") var directory = "/etc/tickrelay"
    @Option(help: ArgumentHelp("By which name or address players reach the relay.", valueName: "name")) var host: String?
    @Option(help: ArgumentHelp("PEM file with the certificate and its chain.", valueName: "file")) var certificate: String?
    @Option(help: ArgumentHelp("PEM file with its key.", valueName: "file")) var key: String?
    @Flag(help: "A proxy on this machine encrypts.") var behindProxy = false
    @Flag(help: "Nobody encrypts.") var plain = false
    @Option(help: ArgumentHelp("Who may play: tickets, or open.", valueName: "who")) var access: String?
    @Flag(help: "Makes a token for operators.") var adminToken = false
    @Option(help: ArgumentHelp("Pages of other hosts that may connect: https://game.example,...", valueName: "origins"))
    var origin: String?
    @Option(help: ArgumentHelp("The first room. Default: lobby.", valueName: "name")) var room: String?
    @Option(help: ArgumentHelp("The player of the first ticket. Default: u-1.", valueName: "id")) var player: String?
    @Option(help: ArgumentHelp("Whose relay reads the files; its user is called the same.", valueName: "name"))
    var group = "tickrelay"
    @Flag(help: "Takes the default of every question that no option answers.") var yes = false

    func validate() throws { _ = try self.questions }

    /// With the answers of the command line, or with all that is wrong with them.
    var questions: SetupQuestions {
        get throws {
            var refusals = self.contradictions
            do throws(SetupRefusal) {
                let directory = SafePlace.resolved(Self.absolute(self.directory))
                guard directory.utf8.count <= Self.longestDirectory else { throw SetupRefusal("the path is too long") }
                var questions = try SetupQuestions(directory: directory)
                for (question, text) in self.answers {
                    do throws(SetupRefusal) {
                        try questions.answer(question, text)
                    } catch {
                        refusals.append("\(question.options): \(error)")
                    }
                }
                if refusals.isEmpty { return questions }
            } catch {
                refusals.append("--directory: \(error)")
            }
            throw ValidationError(refusals.joined(separator: "\n"))
        }
    }

    private var contradictions: [String] {
        let encryptions = [self.certificate != nil || self.key != nil, self.behindProxy, self.plain].count { $0 }
        return encryptions > 1 ? ["Only one of --certificate with --key, --behind-proxy and --plain makes sense"] : []
    }

    private var answers: [(SetupQuestion, String)] {
        let answers: [(SetupQuestion, String?)] = [
            (.host, self.host), (.encryption, self.encryption), (.certificate, self.certificate.map(Self.absolute)),
            (.key, self.key.map(Self.absolute)), (.access, self.access), (.adminToken, self.adminToken ? "yes" : nil),
            (.origin, self.origin), (.room, self.room), (.player, self.player),
        ]
        return answers.compactMap { question, text in text.map { (question, $0) } }
    }

    private var encryption: String? {
        if self.behindProxy { return SetupAnswers.Encryption.proxy.rawValue }
        if self.plain { return SetupAnswers.Encryption.plain.rawValue }
        return self.certificate == nil && self.key == nil ? nil : SetupAnswers.Encryption.certificate.rawValue
    }

    /// Bytes: names of files follow it.
    private static let longestDirectory = 3000

    /// A relay is started in another directory than this one.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") || path.isEmpty ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
