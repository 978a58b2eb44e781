import NIOCore
import NIOPosix
import RelayClient
import RelayWire

/// Rooms that are made, or found. Who wants to see a list of them asks the relay over HTTP: `GET /lobby/rooms` at the players' port, with
/// `URLSession` for instance. This client has no part in that.
extension TickRelay {
    /// Makes a room with a name of your own, and takes a seat in it.
    ///
    /// - Parameters:
    ///   - room: 1–64 bytes of UTF-8. If there is a room of this name, it throws ``RelayWire/CloseCode/nameTaken``.
    ///   - card: What the room says of itself to those who look for one.
    ///   - password: 1–64 bytes of UTF-8: what newcomers have to say. Nil for none.
    ///   - address: As for ``join(room:at:role:ticket:password:invitation:existingOnly:options:on:)``, and so is all that follows.
    /// - Returns: The game. After its seat is lost, ``Game/joinAgain()`` joins the same room, and makes none.
    /// - Throws: ``JoinError``. Nothing else.
    public static func create(
        room: String, card: LobbyCard = LobbyCard(), password: String? = nil, at address: String, role: Role = .player,
        ticket: String? = nil, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        guard !room.isEmpty else { throw .badRoomName }
        let lobby = LobbyPart(.make, password: password, card: try self.wire(card))
        return try await self.take(room, lobby, at: address, role, ticket, options, group)
    }

    /// Makes a room, to which the relay gives a code as its name, and takes a seat in it.
    ///
    /// - Parameters:
    ///   - card: What the room says of itself to those who look for one.
    ///   - type: A type of rooms that the relay's settings have, 1–32 bytes; nil for `default`.
    ///   - password: 1–64 bytes of UTF-8: what newcomers have to say. Nil for none.
    ///   - address: As for ``join(room:at:role:ticket:password:invitation:existingOnly:options:on:)``, and so is all that follows.
    /// - Returns: The game. Its ``Game/roomName`` is the code: six letters to tell others. After its seat is lost, ``Game/joinAgain()``
    ///   joins the same room, and makes none.
    /// - Throws: ``JoinError``. Nothing else.
    public static func create(
        card: LobbyCard = LobbyCard(), type: String? = nil, password: String? = nil, at address: String, role: Role = .player,
        ticket: String? = nil, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        let lobby = LobbyPart(.make, type: type, password: password, card: try self.wire(card))
        return try await self.take("", lobby, at: address, role, ticket, options, group)
    }

    /// Takes a seat in the fullest room that is listed, is neither locked nor has a password, and has these properties; if there is none,
    /// makes one with them, for others to find.
    ///
    /// - Parameters:
    ///   - properties: What the room's card must say: ``LobbyCard/properties``.
    ///   - type: A type of rooms that the relay's settings have, 1–32 bytes; nil for `default`.
    ///   - seats: The maximum number of players, 1…1,023, of a room that is made. Rooms that are found have their own.
    ///   - address: As for ``join(room:at:role:ticket:password:invitation:existingOnly:options:on:)``, and so is all that follows.
    /// - Returns: The game; ``Game/roomName`` says where. After its seat is lost, ``Game/joinAgain()`` looks for a room again.
    /// - Throws: ``JoinError``. Nothing else.
    public static func quickJoin(
        where properties: [String: any RelayValue & Sendable] = [:], type: String? = nil, seats: Int? = nil, at address: String,
        role: Role = .player, ticket: String? = nil, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        let card = LobbyCard(seats: seats, properties: properties)
        let lobby = LobbyPart(.quickJoin, type: type, card: try self.wire(card))
        return try await self.take("", lobby, at: address, role, ticket, options, group)
    }

    /// A room's code as somebody has typed it, with small letters, blanks or dashes, in the form that is the room's name.
    ///
    /// - Returns: Empty if no letter of it can be one of a code.
    public static func code(_ typed: String) -> String { RoomCode.normalised(typed) }

    private static func wire(_ card: LobbyCard) throws(JoinError) -> RoomCard {
        do throws(CardFault) {
            return try card.wire()
        } catch {
            throw .badCard
        }
    }
}

extension LobbyCard {
    /// A card: `LobbyCard(listed: true, seats: 8, properties: ["map": "dust", "ranked": false])`.
    ///
    /// - Parameters:
    ///   - seats: The maximum number of players, 1…1,023.
    ///   - spectators: The maximum number of spectators, 0…1,023.
    public init(
        listed: Bool? = nil, locked: Bool = false, seats: Int? = nil, spectators: Int? = nil,
        properties: [String: any RelayValue & Sendable] = [:]
    ) {
        self.init()
        (self.listed, self.locked, self.seats, self.spectators) = (listed, locked, seats, spectators)
        self.properties = properties.mapValues { $0.relayValue }
    }
}
