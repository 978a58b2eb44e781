import CRelayLinux
import FoundationEssentials
import NIOCore
import NIOPosix
import RelayHosting

/// A report as server-sent events (HTML, "server-sent events"): `statistics` with everything, `room` with the seats of one room, or null.
struct EventText: Sendable {
    private var statistics: ByteBuffer
    /// By name.
    private var rooms: [String: ByteBuffer] = [:]

    /// Sent at once, so that a page knows that it is connected. Time until it tries again: milliseconds.
    static let greeting = ByteBuffer(string: "retry: 1000\n\n")
    static let draining = ByteBuffer(string: "event: draining\ndata: {}\n\n")
    private static let noRoom = ByteBuffer(string: "event: room\ndata: null\n\n")

    /// Encodes on the thread for long answers. Every room is encoded once, however many listen to it.
    static func encode(_ statistics: RelayStatistics, _ detail: StatisticsDetail) async throws -> EventText {
        try await AdminAPI.desk.runIfActive {
            _ = crelay_give_way(5)
            return try EventText(statistics, detail)
        }
    }

    private init(_ statistics: RelayStatistics, _ detail: StatisticsDetail) throws {
        var overview = statistics
        for (index, room) in statistics.rooms.enumerated() where detail.wantsEverySeat(of: room.name) {
            self.rooms[room.name] = try Self.event("room", room)
            overview.rooms[index].seats.removeAll { $0.isWell }
        }
        self.statistics = try Self.event("statistics", overview)
    }

    /// One line of JSON: line breaks within strings are escaped.
    private static func event(_ name: String, _ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes]
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(try encoder.encode(value))
        buffer.writeString("\n\n")
        return buffer
    }

    func message(with room: String?) -> ByteBuffer {
        guard let room else { return self.statistics }
        var message = self.statistics
        message.writeImmutableBuffer(self.rooms[room] ?? Self.noRoom)
        return message
    }
}
