import NIOCore
import NIOHTTP1
import RelayWeb

/// The body of a request that wants a room made or an act carried out, as it comes.
struct LobbyBody {
    private(set) var bytes: [UInt8] = []
    /// What it is to be.
    let purpose: Purpose
    /// A ticket or a token, as it was shown. Secret: never logged.
    let credentials: [UInt8]?

    enum Purpose: Sendable {
        case newRoom
        /// An act in the room of this name.
        case act(String)
    }

    /// - Throws: Where the head says enough to refuse the rest.
    init(_ head: HTTPRequestHead, _ purpose: Purpose) throws(LobbyRefusal) {
        let types = head.headers["content-type"]
        guard types.count == 1, HeaderList(types).names("application/json"), !types[0].contains(",") else {
            throw LobbyRefusal(.contentType, "Send JSON, with the header 'Content-Type: application/json'.")
        }
        let lengths = head.headers["content-length"].compactMap { Int($0) }
        guard lengths.allSatisfy({ $0 <= Self.maximumBytes }) else { throw Self.tooLong }
        let authorizations = head.headers["authorization"]
        guard authorizations.count <= 1 else { throw .badRequest("A request has one header Authorization at most.") }
        self.purpose = purpose
        self.credentials = authorizations.first.flatMap(UpgradePolicy.bearer)
    }

    private static let maximumBytes = 8 << 10
    private static let tooLong = LobbyRefusal(
        .tooLong, "The body has at most \(Self.maximumBytes) bytes: send less.")

    mutating func append(_ part: ByteBuffer) throws(LobbyRefusal) {
        guard self.bytes.count + part.readableBytes <= Self.maximumBytes else { throw Self.tooLong }
        self.bytes += part.readableBytesView
    }
}
