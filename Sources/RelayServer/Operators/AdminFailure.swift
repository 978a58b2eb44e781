import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a relay did not do what an operator asked. Its description says what to do.
package enum AdminFailure: Error, Equatable, CustomStringConvertible {
    /// There is no listener.
    case absent(Endpoint)
    /// There is one, and this user may not connect to it.
    case forbidden(Endpoint)
    /// Anything else on the way, in the system's words.
    case unreachable(Endpoint, reason: String)
    /// The answer takes too long.
    case silent(Endpoint, patience: Duration)
    /// The answer is none of a relay. `reason` goes on from "the answer cannot be read:".
    case unreadable(reason: String)
    /// It wants a token, or another one. The relay's sentence.
    case unauthorized(String)
    /// It will not. The relay's sentence.
    case refused(String)

    /// What is wrong with an answer, before anybody says whose it was.
    struct Unreadable: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// 1: the relay could not be asked. 2: it refused.
    package var exitCode: Int32 {
        switch self {
        case .absent, .forbidden, .unreachable, .silent, .unreadable: 1
        case .unauthorized, .refused: 2
        }
    }

    package var description: String { self.sentence.forTerminal }

    private var sentence: String {
        switch self {
        case .absent(let relay): "Nobody listens at \(relay): the relay does not run, or --admin is another."
        case .forbidden(let relay): "This user may not connect to \(relay): ask as the user of the relay, or as root."
        case .unreachable(let relay, let reason): "\(relay) cannot be reached (\(reason)): is --admin right?"
        case .silent(let relay, let patience):
            "\(relay) has not answered within \(patience.components.seconds) s: the relay hangs, or --admin is another."
        case .unreadable(let reason): "The answer cannot be read: \(reason). Is --admin a relay's admin listener?"
        case .unauthorized(let sentence): "\(sentence) Use --token-file with the file that the relay's setting adminToken names."
        case .refused(let sentence): sentence
        }
    }
}

extension AdminFailure {
    /// - Parameter error: Of the connection.
    init(_ error: any Error, asking relay: Endpoint) {
        switch error {
        case let failure as AdminFailure: self = failure
        case let answer as Unreadable: self = .unreadable(reason: answer.reason)
        case is HTTPParserError: self = .unreadable(reason: "it is not HTTP")
        case let error as IOError: self.init(errno: error.errnoCode, asking: relay)
        case let error as NIOConnectionError: self.init(error, to: relay)
        default: self = .unreachable(relay, reason: "\(error)")
        }
    }

    /// A name can have many addresses; the first that failed stands for all.
    private init(_ error: NIOConnectionError, to relay: Endpoint) {
        if let first = error.connectionErrors.first {
            self.init(first.error, asking: relay)
        } else {
            self = .unreachable(relay, reason: "its name is not known")
        }
    }

    private init(errno number: Int32, asking relay: Endpoint) {
        switch number {
        case ECONNREFUSED, ENOENT: self = .absent(relay)
        case EACCES, EPERM: self = .forbidden(relay)
        default: self = .unreachable(relay, reason: String(cString: strerror(number)))
        }
    }
}
