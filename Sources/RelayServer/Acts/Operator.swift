import Hummingbird
import HTTPTypes
import NIOCore

/// Who asks the admin API, as the audit names them.
package struct Operator: Sendable {
    /// How they proved to be operators.
    package enum Proof: String, Sendable {
        case token
        /// By a Unix socket that only the relay's user and root can reach.
        case unix
    }

    package var proof: Proof
    package var address: ClientAddress

    package init(_ proof: Proof, from address: ClientAddress) { (self.proof, self.address) = (proof, address) }
}

/// What the admin API knows of a request besides itself.
package struct AdminRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Nil if the connection has ended.
    package let peer: ClientAddress?

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress.map { ClientAddress($0) }
    }

    /// Who acts. Whether they may has been decided: ``AdminAccess``.
    func actor(of request: Request) -> Operator {
        Operator(request.headers[values: .authorization].isEmpty ? .unix : .token, from: self.peer ?? .local)
    }
}
