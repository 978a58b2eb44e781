import RelayCore
import RelayWire

/// A recording of all that happened to a room, and its player.
struct InputTape {
    private enum Entry {
        case input(RoomInput)
        /// A message owns its bytes here: the room was lent them.
        case message([UInt8], SeatNumber, generation: UInt64, Arrival)
        case request([UInt8], number: UInt64, SeatNumber, generation: UInt64, Instant)
    }

    private var entries: [Entry] = []
    var count: Int { self.entries.count }

    /// Names of the cases of ``RoomInput`` that it holds.
    var kinds: Set<String> {
        Set(
            self.entries.map {
                switch $0 {
                case .message: "message"
                case .request: "request"
                case .input(let input): Mirror(reflecting: input).children.first?.label ?? "\(input)"
                }
            })
    }

    mutating func record(_ input: RoomInput) {
        switch input {
        case .message(let bytes, let seat, let generation, let arrival):
            self.entries.append(.message(Array(bytes), seat, generation: generation, arrival))
        case .request(let bytes, let number, let seat, let generation, let arrival):
            self.entries.append(.request(Array(bytes), number: number, seat, generation: generation, arrival))
        default: self.entries.append(.input(input))
        }
    }

    /// Plays it to a room. Returns everything that the room gave out.
    func play(to room: inout Room) -> [UInt8] {
        var transcript: [UInt8] = []
        for entry in self.entries {
            switch entry {
            case .message(let bytes, let seat, let generation, let arrival):
                bytes.withUnsafeBytes { _ = room.take(.message($0, from: seat, generation: generation, arrival: arrival)) }
            case .request(let bytes, let number, let seat, let generation, let arrival):
                bytes.withUnsafeBytes {
                    _ = room.take(.request($0, number: number, from: seat, generation: generation, at: arrival))
                }
            case .input(let input):
                room.take(input)
                if case .tick = input { transcript += Self.output(of: room) }
            }
        }
        return transcript
    }

    private static func output(of room: borrowing Room) -> [UInt8] {
        var output = Array("\(room.outputs)\(room.notes)".utf8)
        for delivery in room.deliveries {
            if let range = delivery.privateRange { output += [UInt8](room.privateMessage(range)) }
            output += room.frame(delivery.coding).writer.array
        }
        return output
    }
}
