/// Why a room's file cannot be used. Each reason costs that room, and nothing else.
package enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a file of this kind, or the first bytes of it are damaged.
    case notAJournal
    case newerVersion(UInt32)
    case damagedHeader
    /// The file does not have the length that its header says.
    case wrongLength(expected: Int, actual: Int)
    case damagedMark
    case damagedRecord

    package var description: String {
        switch self {
        case .notAJournal: "it is not a room journal"
        case .newerVersion(let version):
            "it has format version \(version), this relay reads \(JournalLayout.version): start a relay as new as the one that wrote it"
        case .damagedHeader: "its header is damaged"
        case .wrongLength(let expected, let actual): "it is \(actual) bytes long instead of \(expected)"
        case .damagedMark: "a commit mark is damaged"
        case .damagedRecord: "a record that was committed is damaged"
        }
    }
}
