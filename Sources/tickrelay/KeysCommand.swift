import ArgumentParser
import Foundation
import RelayServer

/// Makes, rotates and removes the keys of tickets.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes and rotates the keys of tickets: a JWK set, readable by its owner alone.",
        discussion: """
            With EdDSA the relay needs no secret: the issuer keeps the file, and relays get what 'public' prints of it.

            To rotate, in this order, because 'ticket' signs with the newest key at once: copy the issuer's file and 'add' a key to the copy; \
            'public' of the copy into the relays' file; reload the relays; put the copy in the issuer's file's place. When the last ticket of the \
            old key has expired, 'remove' it, 'public', and reload. With HS256 both have one file: reload the relays before the issuer takes it.
            """,
        subcommands: [Add.self, List.self, Remove.self, Public.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a new key, and makes the file if need be; prints its kid.")
        @Argument(help: "The file.") var file: String
        @Option(help: "EdDSA, or HS256.") var algorithm = JWKSet.Algorithm.edDSA

        func run() async throws {
            try await KeysCommand.complain(about: self.file) { file throws(TicketKeys.Refused) in
                let isNew = access(self.file, F_OK) != 0
                var set = isNew ? JWKSet() : try JWKSet(decoding: try file.read())
                guard !set.isForRelays else {
                    throw TicketKeys.Refused(
                        "has public halves alone: add the key to the issuer's file, and write what 'tickrelay keys public' prints of that here"
                    )
                }
                let identifier = set.add(self.algorithm)
                try file.write(set, isNew: isNew)
                Console.say(identifier)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Names the keys, oldest first; tells no secret.")
        @Argument(help: "The file.") var file: String

        func run() async throws {
            try await KeysCommand.complain(about: self.file) { file throws(TicketKeys.Refused) in
                for key in try await file.load().keys {
                    Console.say("\(key.identifier) \(key.algorithm.name)\(key.isPrivate ? "" : " (public half)")")
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes a key: its tickets end with the next reload.")
        @Argument(help: "The file.") var file: String
        @Argument(help: "Its kid.") var kid: String

        func run() async throws {
            try await KeysCommand.complain(about: self.file) { file throws(TicketKeys.Refused) in
                var set = try JWKSet(decoding: try file.read())
                guard set.remove(self.kid) else { throw TicketKeys.Refused("has no key of this kid") }
                guard !set.keys.isEmpty else { throw TicketKeys.Refused("has no other key: add one first") }
                try file.write(set, isNew: false)
            }
        }
    }

    struct Public: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the public halves, for relays.")
        @Argument(help: "The file.") var file: String

        func run() async throws {
            try await KeysCommand.complain(about: self.file) { file throws(TicketKeys.Refused) in
                guard let half = try JWKSet(decoding: try file.read()).publicHalf else {
                    throw TicketKeys.Refused("has a key of HS256, which has no public half")
                }
                Console.say(half.text)
            }
        }
    }

    private static func complain(
        about path: String, _ body: (TicketKeyFile) async throws(TicketKeys.Refused) -> Void
    ) async throws {
        do throws(TicketKeys.Refused) {
            try await body(TicketKeyFile(path))
        } catch {
            Console.complain("\(path): \(error)")
            throw ExitCode(InvalidConfiguration.exitCode)
        }
    }
}

extension JWKSet.Algorithm: ExpressibleByArgument {
    public init?(argument: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else { return nil }
        self = known
    }
}
