import Glibc
import RelayServer

/// Why nothing more is written.
enum SetupFailure: Error, CustomStringConvertible {
    case unwritable(path: String, reason: String)
    /// Settings that nobody said to replace.
    case settingsThere(path: String)
    /// A file that is there and is to be kept.
    case unusable(path: String, reason: String)

    /// With errno.
    static func unwritable(_ path: String) -> SetupFailure {
        .unwritable(path: path, reason: String(cString: strerror(errno)))
    }

    var description: String {
        switch self {
        case .unwritable(let path, let reason): "\(path): cannot be written (\(reason))"
        case .settingsThere(let path):
            "\(path): has settings in it, and nothing was written: --replace writes new ones and keeps these as \(path).1, .2 and so on"
        case .unusable(let path, let reason): "\(path): \(reason)"
        }
    }

    var exitCode: Int32 {
        switch self {
        case .unwritable, .settingsThere: 73  // EX_CANTCREAT
        case .unusable: InvalidConfiguration.exitCode
        }
    }
}
