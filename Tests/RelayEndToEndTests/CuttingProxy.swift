import NIOCore
import NIOPosix

/// A TCP proxy that can cut every connection that goes through it: a network that fails, without root.
final class CuttingProxy: Sendable {
    let port: Int
    private let listener: any Channel
    private let channels: ChannelList

    /// Everybody who is connected, from one event loop.
    private final class ChannelList: @unchecked Sendable {
        // Touched on `loop` only.
        var open: [ObjectIdentifier: any Channel] = [:]
        let loop: any EventLoop
        init(_ loop: any EventLoop) { self.loop = loop }

        func add(_ channel: any Channel) {
            self.open[ObjectIdentifier(channel)] = channel
            channel.closeFuture.whenComplete { _ in self.open[ObjectIdentifier(channel)] = nil }
        }
    }

    static func start(to port: Int) async throws -> CuttingProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let channels = ChannelList(loop)
        let listener = try await ServerBootstrap(group: loop, childGroup: loop)
            .childChannelInitializer { client in
                channels.add(client)
                return ClientBootstrap(group: loop).connect(host: "127.0.0.1", port: port).flatMapThrowing { server in
                    channels.add(server)
                    try client.pipeline.syncOperations.addHandler(Shovel(to: server))
                    try server.pipeline.syncOperations.addHandler(Shovel(to: client))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return CuttingProxy(port: listener.localAddress?.port ?? 0, listener: listener, channels: channels)
    }

    private init(port: Int, listener: any Channel, channels: ChannelList) {
        (self.port, self.listener, self.channels) = (port, listener, channels)
    }

    /// Cuts every connection; new ones are served as before.
    func cut() async throws {
        try await self.channels.loop.submit {
            for channel in self.channels.open.values { channel.close(promise: nil) }
        }.get()
    }

    func stop() async throws {
        try await self.listener.close()
        try await self.cut()
    }

    /// Carries bytes one way.
    private final class Shovel: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.other.close(promise: nil)
            context.fireChannelInactive()
        }
    }
}
