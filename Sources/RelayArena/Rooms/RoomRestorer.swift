import Glibc
import Logging
import RelayCore
import RelayHosting
import RelayJournal

/// Reads a state directory before anything else runs. A file that cannot be used costs its room, is logged in one line, and stops
/// nothing.
package struct RoomRestorer {
    private let directory: StateDirectory
    private let configuration: HostingConfiguration
    private let newEpoch: () -> UInt64
    private let logger: Logger

    /// A room during whose ticks the process has died this often is not restored again.
    package static let fatalDeaths = 2

    /// - Parameter newEpoch: Gives random numbers from 1 to 2^53 − 1: no two runs of a room may have the same epoch, whatever was
    ///   lost between them.
    package init(
        _ directory: StateDirectory, _ configuration: HostingConfiguration, newEpoch: @escaping () -> UInt64, logger: Logger
    ) {
        (self.directory, self.configuration, self.newEpoch, self.logger) = (directory, configuration, newEpoch, logger)
    }

    /// All rooms that can be restored, up to the maximum of rooms. Rooms with more seats taken come first.
    package func restoreAll() throws(StateDirectory.Unusable) -> [RestoredRoom] {
        var rooms: [RestoredRoom] = []
        for path in try self.directory.roomFiles() {
            if let room = self.restore(path) { self.keepNewest(room, in: &rooms) }
        }
        rooms.sort { ($0.seated, $1.name) > ($1.seated, $0.name) }
        for room in rooms.dropFirst(self.configuration.maximumRooms) { self.giveUp(room, "there are more than maximumRooms") }
        return Array(rooms.prefix(self.configuration.maximumRooms))
    }

    private func restore(_ path: String) -> RestoredRoom? {
        var name: String?
        do {
            let bytes = try StateDirectory.contents(of: path, atMost: RoomJournal.largestFile)
            return try bytes.withUnsafeBytes { bytes in
                name = JournalImage.room(in: bytes)
                guard let image = try JournalImage.read(bytes) else {
                    self.directory.remove(path)  // made, and never written to
                    return nil
                }
                return try self.restore(image, path)
            }
        } catch {
            var metadata: Logger.Metadata = ["set_aside_as": "\(self.directory.setAside(path))"]
            if let name { metadata["room"] = "\(name.forLog)" }
            self.logger.error("a room is not restored: \(error)", metadata: metadata)
            return nil
        }
    }

    private func restore(_ image: borrowing JournalImage, _ path: String) throws -> RestoredRoom? {
        guard image.deaths < Self.fatalDeaths else {
            let aside = self.directory.setAside(path)
            self.logger.error(
                "a room is quarantined: the process has died \(image.deaths) times while it was ticked",
                metadata: ["room": "\(image.header.room.forLog)", "set_aside_as": "\(aside)"])
            return nil
        }
        let (header, types) = (image.header, self.configuration.types)
        var type = types.standard
        var room = try Room.restored(instance: header.instance) {
            type = types.type($0, ofRoom: header.room)
            return type.room.keeping(rate: header.rate)
        } from: {
            try image.forEachRecord($0)
        }
        room.resume(epoch: self.newEpoch(), at: .zero)
        let file = self.goOn(in: path, image, &room)
        return RestoredRoom(image.header, type: type, deaths: image.deaths, room: room, file: file)
    }

    /// Goes on in the same file, from a snapshot on. It is allocated already, so that even a full disk does not matter.
    private func goOn(in path: String, _ image: borrowing JournalImage, _ room: inout Room) -> JournalFile? {
        do {
            let file = try JournalFile.go(onIn: path, image)
            var writer = WireWriter(capacity: 16 << 10)
            room.encodeSnapshot(into: &writer)
            if file.journal.begin(writer.payload, tick: room.currentTick.rawValue) { return file }
            self.logger.warning("a room has outgrown its journal", metadata: ["room": "\(image.header.room.forLog)"])
        } catch {
            self.logger.error("a room is journaled no more: \(error)", metadata: ["room": "\(image.header.room.forLog)"])
        }
        self.directory.remove(path)
        return nil
    }

    /// Of two rooms of one name, keeps the one that is further on. One room has two files if the process died while it changed
    /// from one to the other.
    private func keepNewest(_ room: RestoredRoom, in rooms: inout [RestoredRoom]) {
        guard let index = rooms.firstIndex(where: { $0.name.hasSameBytes(as: room.name) }) else { return rooms.append(room) }
        let (kept, dropped) = room.isAhead(of: rooms[index]) ? (room, rooms[index]) : (rooms[index], room)
        rooms[index] = kept
        if kept.instance == dropped.instance {
            if let path = dropped.file?.path { self.directory.remove(path) }
        } else {
            self.giveUp(dropped, "another room has its name")
        }
    }

    private func giveUp(_ room: RestoredRoom, _ why: String) {
        self.logger.error("a room is not restored: \(why)", metadata: ["room": "\(room.name.forLog)"])
        if let path = room.file?.path { _ = self.directory.setAside(path) }
    }
}
