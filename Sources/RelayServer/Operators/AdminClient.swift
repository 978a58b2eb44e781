import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks the admin listener of a relay, for the commands of operators. Each request has a connection of its own.
package struct AdminClient: Sendable {
    /// Longer answers are refused. Bytes: /rooms of 65,536 rooms is shorter.
    package static let maximumAnswerBytes = 64 << 20

    package let relay: Endpoint
    /// How long a request and its answer may take together, connecting included.
    package var patience = Duration.seconds(10)
    private let token: String?

    /// - Parameters:
    ///   - relay: Where its admin listener is.
    ///   - token: What to show; nil to ask without one.
    package init(_ relay: Endpoint, token: String? = nil) { (self.relay, self.token) = (relay, token) }

    /// The answer of a relay that did what it was asked.
    ///
    /// - Throws: Why there is none: the relay could not be asked, or it refused.
    package func ask(_ request: AdminRequest) async throws(AdminFailure) -> AdminAnswer {
        let answer: AdminAnswer
        do {
            answer = try await self.exchange(request).get()
        } catch {
            throw AdminFailure(error, asking: self.relay)
        }
        if let failure = answer.failure { throw failure }
        return answer
    }

    /// Every way in which it ends, the time limit too, closes the connection: ``AdminExchange``.
    private func exchange(_ request: AdminRequest) -> EventLoopFuture<AdminAnswer> {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: AdminAnswer.self)
        let silence = AdminFailure.silent(self.relay, patience: self.patience)
        let limit = loop.scheduleTask(in: TimeAmount(self.patience)) { answer.fail(silence) }
        answer.futureResult.whenComplete { _ in limit.cancel() }
        self.connect(on: loop, self.head(of: request), request.body, answer).cascadeFailure(to: answer)
        return answer.futureResult
    }

    private func connect(
        on loop: any EventLoop, _ head: HTTPRequestHead, _ body: String?, _ answer: EventLoopPromise<AdminAnswer>
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(self.patience))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AdminExchange(head, body, answer))
                }
            }
        switch self.relay {
        case .internet(let host, let port): return bootstrap.connect(host: host, port: port)
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    private func head(of request: AdminRequest) -> HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": self.relay.isUnix ? "localhost" : "\(self.relay)", "Connection": "close"]
        if let token = self.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = request.body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue), uri: request.target, headers: headers)
    }
}
