extension RelayStatistics {
    /// The files in which rooms outlive the process.
    package struct Journal: Codable, Sendable, Equatable {
        /// Now, with those on their way to a room or to their removal.
        package var files: Int
        /// Of all files together, allocated.
        package var bytes: UInt64
        /// Since the process began: files made, those that could not be made, and those removed.
        package var filesMade: UInt64
        package var filesFailed: UInt64
        package var filesRemoved: UInt64
        /// Rooms that an earlier process left and this one has taken over.
        package var roomsRestored: Int

        package init(
            files: Int, bytes: UInt64, filesMade: UInt64, filesFailed: UInt64, filesRemoved: UInt64, roomsRestored: Int
        ) {
            (self.files, self.bytes, self.roomsRestored) = (files, bytes, roomsRestored)
            (self.filesMade, self.filesFailed, self.filesRemoved) = (filesMade, filesFailed, filesRemoved)
        }
    }
}
