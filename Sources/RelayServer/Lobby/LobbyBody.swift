import NIOCore
import NIOHTTP1
import RelayWeb

/// The body of a request that wants a room made, as it comes.
struct LobbyBody {
    private(set) var bytes: [UInt8] = []
    /// As it was shown. Secret: never logged.
    let ticket: [UInt8]?

    /// - Throws: Where the head says enough to refuse the rest.
    init(_ head: HTTPRequestHead) throws(LobbyRefusal) {
        let types = head.headers["content-type"]
        guard types.count == 1, HeaderList(types).names("application/json"), !types[0].contains(",") else {
            throw LobbyRefusal(.contentType, "Send JSON, with the header 'Content-Type: application/json'.")
        }
        let lengths = head.headers["content-length"].compactMap { Int($0) }
        guard lengths.allSatisfy({ $0 <= NewRoom.maximumBytes }) else { throw Self.tooLong }
        let authorizations = head.headers["authorization"]
        guard authorizations.count <= 1 else { throw .badRequest("A request has one header Authorization at most.") }
        self.ticket = authorizations.first.flatMap(UpgradePolicy.bearer)
    }

    private static let tooLong = LobbyRefusal(
        .tooLong, "The body has at most \(NewRoom.maximumBytes) bytes: put less on the card.")

    mutating func append(_ part: ByteBuffer) throws(LobbyRefusal) {
        guard self.bytes.count + part.readableBytes <= NewRoom.maximumBytes else { throw Self.tooLong }
        self.bytes += part.readableBytesView
    }
}
