import Foundation
import RelayWire
import Testing

/// `Protocol/vectors` is written by this code and checked against it, byte for byte. `Tools/check-vectors` and the other SDKs
/// read it. After a change of the tables: `TICKRELAY_WRITE_VECTORS=1 swift test --filter GoldenVectorTests`.
@Suite struct GoldenVectorTests {
    /// One of the files.
    struct File: Sendable, CustomTestStringConvertible {
        var format: String
        var name: String
        var vectors: @Sendable () throws -> [JSON]
        var testDescription: String { self.name }
    }

    static let files: [File] = [
        File(format: "client", name: "client-messages.json") {
            try ClientVectors.all.map { $0.json(contextKey: "nameCount", message: try Self.describeClient($0.bytes, $0.context)) }
        },
        File(format: "server", name: "server-messages.json") {
            try ServerVectors.all.map {
                $0.json(contextKey: "rosterRows", message: try Self.describeServer($0.bytes, $0.context))
            }
        },
        File(format: "invalid-client", name: "invalid-client.json") {
            InvalidClientVectors.all.map {
                $0.json(contextKey: "nameCount", verdict: ("close", .unsigned(UInt64($0.reason.closeCode.rawValue))))
            }
        },
        File(format: "invalid-server", name: "invalid-server.json") {
            InvalidServerVectors.all.map {
                $0.json(contextKey: "rosterRows", verdict: ("error", .string("\($0.reason.closeCode)")))
            }
        },
        File(format: "replica", name: "replica.json") { ReplicaVectors.all.map(\.json) },
        File(format: "checksum", name: "checksum.json") { ChecksumVectors.all },
        File(format: "quantised", name: "quantised.json") { ChecksumVectors.quantisedJSON },
        File(format: "token", name: "token.json") { ChecksumVectors.tokens },
        File(format: "json-hello", name: "json-hello.json") { try JSONHelloVectors.all.map { try $0.asFirstMessage() } },
        File(format: "json-client", name: "json-client.json") { try JSONClientVectors.all.map { try $0.asMessage() } },
        File(format: "json-welcome", name: "json-welcome.json") { try JSONWelcomeVectors.all },
    ]

    static func describeClient(_ bytes: [UInt8], _ names: Int?) throws(WireError) -> JSON {
        try Describe.client(bytes.span, names: names ?? WireLimits.names)
    }

    static func describeServer(_ bytes: [UInt8], _ rosterRows: Int?) throws(WireError) -> JSON {
        try Describe.server(bytes.span, rosterRows: rosterRows ?? 0)
    }

    private static var directory: URL {
        let tests = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        return tests.appending(path: "../../Protocol/vectors").standardized
    }

    private static func text(_ format: String, _ vectors: [JSON]) -> String {
        "{\n  \"format\": \"\(format)\",\n  \"vectors\": [\n"
            + vectors.map { "    \($0.text)" }.joined(separator: ",\n") + "\n  ]\n}\n"
    }

    @Test("The files are what the tables say", arguments: Self.files)
    func filesAreCurrent(_ file: File) throws {
        let text = Self.text(file.format, try file.vectors())
        let url = Self.directory.appending(path: file.name)
        if ProcessInfo.processInfo.environment["TICKRELAY_WRITE_VECTORS"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        let found = try String(contentsOf: url, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(found.count == expected.count)
        for (number, lines) in zip(found, expected).enumerated() where lines.0 != lines.1 {
            Issue.record("\(file.name):\(number + 1): found \(lines.0), expected \(lines.1)")
            return
        }
    }

    @Test("Names tell vectors apart")
    func namesAreUnique() throws {
        for file in Self.files {
            var seen: Set<String> = []
            for case .object(let members) in try file.vectors() {
                guard case .string(let name)? = members.first?.value else { continue }
                #expect(seen.insert(name).inserted, "\(file.name) has \(name) twice")
            }
        }
    }

    @Test("Invalid client messages are refused for the right reason")
    func invalidClientMessages() {
        for vector in InvalidClientVectors.all {
            Self.expect(vector) { () throws(WireError) in try Self.describeClient(vector.bytes, vector.context) }
        }
    }

    @Test("Invalid server messages are refused for the right reason")
    func invalidServerMessages() {
        for vector in InvalidServerVectors.all {
            Self.expect(vector) { () throws(WireError) in try Self.describeServer(vector.bytes, vector.context) }
        }
    }

    private static func expect(_ vector: InvalidVector, _ decode: () throws(WireError) -> JSON) {
        do throws(WireError) {
            let json = try decode()
            Issue.record("\(vector.name): decoded as \(json.text)")
        } catch {
            #expect(vector.reason.matches(error), "\(vector.name): \(error)")
            #expect(vector.reason.closeCode == error.closeCode)
        }
    }

    @Test("Every message of the replica vectors decodes, but for those that are there because they do not")
    func replicaFramesDecode() throws {
        for vector in ReplicaVectors.all {
            for step in vector.steps {
                guard let bytes = step.message else { continue }
                let outcomes = (0...ReplicaVectors.maximumRows).map { rows in
                    Result { () throws(WireError) in try Self.describeServer(bytes, rows) }
                }
                let decodes = outcomes.contains { (try? $0.get()) != nil }
                #expect(decodes == step.decodes, "\(vector.name)")
            }
        }
    }
}
