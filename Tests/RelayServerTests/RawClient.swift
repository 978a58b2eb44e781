import Glibc
import RelayWire

/// A client that is nothing but a socket: blocking, with a time limit on every read.
final class RawClient {
    struct Failure: Error { var what: String }

    private let descriptor: Int32
    private var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: 1 << 20)
    private var received: [UInt8] = []
    private var offset = 0

    init(port: Int, seconds: Int = 5) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: errno \(errno)") }
    }

    /// - Parameter path: Of a Unix socket.
    init(path: String, seconds: Int = 5) throws {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failure(what: "connect: errno \(errno)") }
    }

    deinit { close(self.descriptor) }

    /// Closes its half of the connection.
    func endSending() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    /// Has the end of the connection be a reset.
    func resetsAtEnd() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Writes everything.
    func send(_ bytes: some Sequence<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(what: "send: errno \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// The next bytes; empty at the end of the stream.
    func read() throws -> [UInt8] {
        if self.offset < self.received.count {
            defer { (self.received, self.offset) = ([], 0) }
            return Array(self.received[self.offset...])
        }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(self.descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure(what: "read: errno \(errno)") }
        return Array(buffer[..<count])
    }

    /// Reads to the end of an HTTP head; what follows it stays.
    func readHead() throws -> String {
        var head: [UInt8] = []
        while true {
            let bytes = try self.read()
            guard !bytes.isEmpty else { throw Failure(what: "ended in the head: \(String(decoding: head, as: UTF8.self))") }
            for (index, byte) in bytes.enumerated() {
                head.append(byte)
                if head.suffix(4) == [13, 10, 13, 10] {
                    (self.received, self.offset) = (Array(bytes[(index + 1)...]), 0)
                    return String(decoding: head, as: UTF8.self)
                }
            }
        }
    }

    /// Everything up to the end of the stream.
    func readAll() throws -> String {
        var all: [UInt8] = []
        while true {
            let bytes = try self.read()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    enum Item: Equatable {
        case binary([UInt8])
        case pong([UInt8])
        case close(UInt16?, String)
        case end
    }

    /// The next WebSocket item, or the end of the stream.
    func next() throws -> Item {
        while true {
            if self.offset == self.received.count {
                (self.received, self.offset) = ([], 0)
                self.received = try self.read()
                if self.received.isEmpty { return .end }
            }
            if let item = try self.decode() { return item }
        }
    }

    private func decode() throws -> Item? {
        try self.received.withUnsafeMutableBytes { buffer -> Item? in
            switch try self.decoder.next(in: buffer, from: &self.offset) {
            case nil: return nil
            case .message(let message): return .binary(Array(message.payload))
            case .close(let code, let reason): return .close(code, String(decoding: reason, as: UTF8.self))
            case .pong(let payload), .ping(let payload): return .pong(Array(payload))
            }
        }
    }
}

/// Bytes that clients send.
enum Sample {
    static func upgrade(_ changes: [String: String?] = [:], path: String = "/any/path?x=1") -> [UInt8] {
        var headers: [String: String] = [
            "Host": "127.0.0.1", "Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "other, tickrelay.v1",
        ]
        for (name, value) in changes { headers[name] = value }
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        return Array("GET \(path) HTTP/1.1\r\n\(lines.joined())\r\n".utf8)
    }

    static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        payload.withUnsafeBytes {
            WebSocketEncoder.appendClientFrame(opcode: opcode, payload: $0, mask: 0xA1B2_C3D4, to: &frame)
        }
        return frame
    }

    static func message(_ write: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        write(&writer)
        return writer.array
    }

    static func hello(_ room: String = "arena") -> [UInt8] { self.frame(.binary, self.message { $0.hello(Hello(room: room)) }) }

    static func rejoin(_ room: String, token: [UInt8]) -> [UInt8] {
        self.frame(.binary, self.message { $0.rejoin(Rejoin(room: room, token: token, epoch: 1, tick: .none, confirmed: 0)) })
    }
}

/// A listening socket on a loopback port of its own, which nobody accepts from yet.
struct LoopbackListener {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let port: Int

    init() throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | listen(descriptor, 8) | getsockname(descriptor, $0, &size)
            }
        }
        guard result == 0 else { throw RawClient.Failure(what: "listen: errno \(errno)") }
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }
}
