import Logging
import RelayArena
import RelayJournal

/// What outlives a process of the relay: its rooms, and the key that makes their tokens valid.
public struct RelayState {
    public let tokenKey: [UInt8]
    public let keeper: JournalKeeper?
    public let rooms: [RestoredRoom]

    /// Takes over what the process before this one left in the state directory; without one, begins with nothing.
    ///
    /// - Parameters:
    ///   - newKey: Bytes from the system's generator, as many as a token key has.
    ///   - random: 64 random bits.
    /// - Throws: What is wrong with the directory. What is wrong with a room in it is logged, and costs that room.
    public init(
        _ configuration: ServerConfiguration, newKey: () -> [UInt8], random: @escaping () -> UInt64, logger: Logger
    ) throws(StateDirectory.Unusable) {
        guard let path = configuration.stateDirectory else {
            (self.tokenKey, self.keeper, self.rooms) = (newKey(), nil, [])
            return
        }
        let directory = try StateDirectory(path)
        self.tokenKey = try directory.tokenKey(byteCount: HMACTokenMint.keyByteCount, random: newKey)
        let restorer = RoomRestorer(
            directory, configuration.arena, newEpoch: { random() >> 11 | 1 }, logger: logger)
        self.rooms = try restorer.restoreAll()
        self.keeper = JournalKeeper(directory)
        guard !self.rooms.isEmpty else { return }
        let seats = self.rooms.reduce(0) { $0 + $1.seated }
        logger.notice("rooms restored", metadata: ["rooms": "\(self.rooms.count)", "seats": "\(seats)"])
    }
}
