import HTTPTypes
import RelayWeb
import Synchronization

/// Decides who may read and who may act at the admin listener.
///
/// | request | loopback | Unix socket of mode 0600 | any other listener |
/// |---|---|---|---|
/// | `/healthz`, `/readyz`, the dashboard's own files | yes | yes | yes |
/// | another GET or HEAD | yes | yes | with the token |
/// | anything else: it acts | with the token | yes | with the token |
///
/// A token that is wrong is refused everywhere but at the paths of the first row, also where none is needed. After ``patience`` of them in a minute from one address their
/// answers wait; right ones never do, so that nobody can lock operators out.
package final class AdminAccess: Sendable {
    /// Who can reach the listener.
    package enum Reach: Sendable {
        /// Every user of this machine.
        case thisMachine
        /// This user, and root.
        case thisUser
        /// A network, or other users by a Unix socket.
        case others
    }

    /// What to do with a request.
    package enum Decision: Equatable, Sendable {
        case allow
        case refuse(AdminHosts.Refusal)
        /// Its token is wrong: refuse it, at once or late.
        case wrongToken(isLate: Bool)
    }

    /// Wrong tokens in a minute from one address that are answered at once.
    package static let patience = 10
    /// What further ones wait for their answer. Seconds.
    package static let delay = 2
    /// Addresses whose wrong tokens are counted apart; over it newcomers are counted together with this machine.
    private static let maximumAddresses = 1024

    private struct State {
        var token: AdminToken?
        /// Nil is this machine.
        var wrong: [AddressBlock?: MinuteBudget] = [:]
    }

    private let state: Mutex<State>
    private let openPaths: Set<String>

    package init(token: AdminToken?) {
        self.state = Mutex(State(token: token))
        self.openPaths = Set(["/healthz", "/readyz"] + WebFiles.forOperators.paths)
    }

    /// From now on this is the token.
    package func adopt(_ token: AdminToken?) { self.state.withLock { $0.token = token } }

    package var hasToken: Bool { self.state.withLock { $0.token != nil } }

    /// - Parameters:
    ///   - request: Of a host and a page that the listener answers: ``AdminHosts``.
    ///   - now: Nanoseconds, monotonic clock.
    package func decide(_ request: HTTPRequest, from peer: ClientAddress, _ reach: Reach, at now: UInt64) -> Decision {
        let path = String((request.path ?? "").prefix { $0 != "?" })
        let acts = ![.get, .head].contains(request.method)
        if !acts, self.openPaths.contains(path) { return .allow }
        let given = request.headerFields[values: .authorization]
        let token = self.state.withLock { $0.token }
        if !given.isEmpty {
            guard given.count == 1, let text = Self.bearer(given[0]), token?.matches(text) == true else {
                return .wrongToken(isLate: self.noteWrong(peer.block, at: now))
            }
        } else if acts ? reach != .thisUser : reach == .others {
            return .refuse(Self.unauthorized(hasToken: token != nil, acts: acts))
        }
        return acts && !Self.isPlain(request) ? .refuse(Self.unsupportedContent) : .allow
    }

    private func noteWrong(_ block: AddressBlock?, at now: UInt64) -> Bool {
        self.state.withLock { state in
            var key = block
            if state.wrong[key] == nil, state.wrong.count >= Self.maximumAddresses {
                state.wrong = state.wrong.filter { $0.value.fullAt > now }
                if state.wrong.count >= Self.maximumAddresses { key = nil }
            }
            return state.wrong[key, default: MinuteBudget()].take(of: Self.patience, at: now) != nil
        }
    }

    private static func bearer(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }

    /// A page of elsewhere can send forms and text without asking; JSON it cannot.
    private static func isPlain(_ request: HTTPRequest) -> Bool {
        request.headerFields[values: .contentType].allSatisfy {
            $0.prefix { $0 != ";" }.lowercased().filter { $0 != " " } == "application/json"
        }
    }

    // MARK: Refusals

    package static let wrongToken = AdminHosts.Refusal(status: .unauthorized, sentence: "This is not the admin token.")
    /// Whoever it was has gone.
    static let unknownPeer = AdminHosts.Refusal(status: .forbidden, sentence: "It is not known who asks.")
    private static let unsupportedContent = AdminHosts.Refusal(
        status: .unsupportedMediaType, sentence: "What acts has no content, or application/json.")

    private static func unauthorized(hasToken: Bool, acts: Bool) -> AdminHosts.Refusal {
        let what = acts ? "Acting" : "Reading from here"
        guard hasToken else {
            let sentence = "\(what) needs a token, and none is set: set adminToken, or have admin listen on unix:/PATH."
            return AdminHosts.Refusal(status: .forbidden, sentence: sentence)
        }
        return AdminHosts.Refusal(status: .unauthorized, sentence: "\(what) needs the admin token: Authorization: Bearer TOKEN.")
    }
}
