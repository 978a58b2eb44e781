import Logging
import RelayHosting
import RelayJournal

/// The state that outlives a process of the relay: its rooms, and the key that makes their tokens valid.
package struct RelayState {
    package let tokenKey: [UInt8]
    /// Nil if nothing outlives the process.
    package let directory: StateDirectory?
    package let keeper: JournalKeeper?
    package let rooms: [RestoredRoom]

    /// Takes over the state that an earlier process left in the state directory. Without one, begins with nothing.
    ///
    /// - Parameters:
    ///   - path: The state directory; nil if rooms do not outlive the process.
    ///   - keyByteCount: Of the token key.
    ///   - newKey: Bytes from the system's generator, as many as a token key has.
    ///   - random: 64 random bits.
    /// - Throws: ``StateDirectory/Unusable`` for the directory. A file that cannot be used is logged, and costs its room.
    package init(
        in path: String?, _ configuration: HostingConfiguration, keyByteCount: Int, newKey: () -> [UInt8],
        random: @escaping () -> UInt64, logger: Logger
    ) throws(StateDirectory.Unusable) {
        guard let path else {
            (self.tokenKey, self.directory, self.keeper, self.rooms) = (newKey(), nil, nil, [])
            return
        }
        let directory = try StateDirectory(path)
        self.directory = directory
        self.tokenKey = try directory.tokenKey(byteCount: keyByteCount, random: newKey)
        let restorer = RoomRestorer(
            directory, configuration, newEpoch: { random() >> 11 | 1 }, logger: logger)
        self.rooms = try restorer.restoreAll()
        self.keeper = JournalKeeper(directory)
        guard !self.rooms.isEmpty else { return }
        let seats = self.rooms.reduce(0) { $0 + $1.seated }
        logger.notice("rooms restored", metadata: ["rooms": "\(self.rooms.count)", "seats": "\(seats)"])
    }
}
