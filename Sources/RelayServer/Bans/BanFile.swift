import FoundationEssentials

/// Where bans outlive the process.
package struct BanFile: Sendable {
    /// All bytes of it; nil if there is none.
    package var load: @Sendable () throws -> [UInt8]?
    /// Replaces all of it. When this returns, the new content outlives the process, and the machine's power as far as the disk keeps its word; when it
    /// throws, the old one does.
    package var replace: @Sendable ([UInt8]) throws -> Void

    package init(load: @escaping @Sendable () throws -> [UInt8]?, replace: @escaping @Sendable ([UInt8]) throws -> Void) {
        (self.load, self.replace) = (load, replace)
    }

    /// The name in the state directory.
    package static let name = "bans.json"
    /// More than ``BanList/maximum`` bans take, whatever is in them: each has some 600 bytes of text, six for one where JSON escapes it.
    package static let maximumBytes = 32 << 20

    /// It could not be read again.
    struct TooLong: Error, CustomStringConvertible {
        var description: String { "the file would be longer than \(BanFile.maximumBytes) bytes" }
    }

    struct Content: Codable {
        var version = 1
        var nextID: UInt64
        var bans: [Ban]
    }

    func read() throws -> Content? {
        guard let bytes = try self.load() else { return nil }
        let content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        let highest = content.bans.map(\.id).max() ?? 0
        guard content.version == 1, content.bans.count <= BanList.maximum, content.nextID > highest else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not bans of this version"))
        }
        return content
    }

    func write(_ content: Content) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(content)) + [UInt8(ascii: "\n")]
        guard bytes.count <= Self.maximumBytes else { throw TooLong() }
        try self.replace(bytes)
    }
}
