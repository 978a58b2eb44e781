import ArgumentParser
import Foundation
import RelayServer

/// Which relay a command of operators asks, and how it prints the answer.
struct AdminOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The admin listener: HOST:PORT, unix:/PATH or http://HOST:PORT. Default: \(Self.variable), else 127.0.0.1:7778.",
            valueName: "address"))
    var admin: String?
    @Option(help: ArgumentHelp("The file with the admin token, as the relay's adminToken names it.", valueName: "file"))
    var tokenFile: String?
    @Flag(help: "Prints the relay's answer as it came.") var json = false

    /// The relay's own, so that both agree where one environment serves both.
    private static let variable = ConfigurationKey.admin.environmentName

    func validate() throws { _ = try self.endpoint }

    private var endpoint: Endpoint {
        get throws {
            let variable = ProcessInfo.processInfo.environment[Self.variable]
            let text = self.admin ?? variable ?? ConfigurationKey.admin.documentation.defaultValue
            if let endpoint = Endpoint(admin: text) { return endpoint }
            let name = self.admin == nil ? Self.variable : "--admin"
            throw ValidationError("\(name) must be HOST:PORT, unix:/PATH or http://HOST:PORT")
        }
    }

    /// - Throws: Exit code 1 if the token cannot be read.
    func client() throws -> AdminClient {
        let endpoint = try self.endpoint
        guard let path = self.tokenFile else { return AdminClient(endpoint) }
        do throws(SettingFile.Problem) {
            return AdminClient(endpoint, token: try AdminTokenFile.token(in: path))
        } catch {
            Console.complain("\(path): \(error)")
            throw ExitCode.failure
        }
    }

    /// Asks, and prints the answer.
    ///
    /// - Parameter text: The answer for people.
    func say<Answer: Decodable>(
        _ request: AdminRequest, as kind: Answer.Type, _ text: (Answer) -> String
    ) async throws {
        let client = try self.client()
        try await Self.orExit { () async throws(AdminFailure) in
            let answer = try await client.ask(request)
            self.json ? Self.sayJSON(answer) : Console.say(text(try OperatorAnswers.decode(kind, from: answer.text)))
        }
    }

    /// Asks, and prints nothing.
    func ask<Answer: Decodable>(_ request: AdminRequest, as kind: Answer.Type) async throws -> Answer {
        let client = try self.client()
        return try await Self.orExit { () async throws(AdminFailure) in
            try OperatorAnswers.decode(kind, from: try await client.ask(request).text)
        }
    }

    /// As it came; in a terminal with escapes for what would steer it.
    static func sayJSON(_ answer: AdminAnswer) {
        let text = answer.text.hasSuffix("\n") ? String(answer.text.dropLast()) : answer.text
        Console.say(isatty(STDOUT_FILENO) == 1 ? text.jsonForTerminal : text)
    }

    /// Says what went wrong, and ends the command with the exit code of that.
    static func orExit<Result>(_ body: () async throws(AdminFailure) -> Result) async throws -> Result {
        do throws(AdminFailure) {
            return try await body()
        } catch {
            Console.complain("\(error)")
            throw ExitCode(error.exitCode)
        }
    }
}
