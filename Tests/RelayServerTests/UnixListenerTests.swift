import Glibc
import RelayServer
import RelayWire
import Testing

@Suite("A Unix socket for players", .serialized)
struct UnixListenerTests {
    /// A directory of our own, and the path of a socket in it.
    private func withPath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = try TemporaryDirectory()
        let result = try await body("\(directory.path)/s")
        return withExtendedLifetime(directory) { result }
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test("Players come by it, it is the group's alone, and its file goes with the listener", arguments: [true, false])
    func players(_ isProxied: Bool) async throws {
        try await self.withPath { path in
            let harness = try await FrontDoorHarness {
                $0.listen = .unix(path: path)
                $0.proxies.includesUnix = isProxied
            }
            #expect(Self.mode(path) == 0o660)
            try await harness.run { _ in
                let client = try RawClient(path: path)
                try client.send(Sample.upgrade(["X-Forwarded-For": "203.0.113.7"]) + Sample.hello() + Sample.frame(.binary, [7]))
                _ = try client.readHead()
                #expect(try client.next() == .binary([7]))
            }
            #expect(harness.hosting.admissions.map(\.peer) == [isProxied ? "203.0.113.7" : "local"])
            #expect(Self.mode(path) == nil)
        }
    }

    @Test("It is no loopback: a proxy that nobody named may be behind it, and strangers get no playground")
    func strangers() async throws {
        try await self.withPath { path in
            let harness = try await FrontDoorHarness { ($0.listen, $0.playground) = (.unix(path: path), .loopback) }
            try await harness.run { _ in
                let client = try RawClient(path: path)
                try client.send("GET / HTTP/1.1\r\nHost: relay.example\r\nAccept: text/html\r\n\r\n".utf8)
                let answer = try client.readAll()
                #expect(!answer.contains("<html") && !answer.contains("<!doctype"), "\(answer.prefix(200))")
            }
        }
    }

    @Test("The file of a listener that died is replaced; one in use, and what is no socket, are left alone")
    func stale() async throws {
        try await self.withPath { path in
            let dead = try UnixListener(path: path, mode: 0o600)
            #expect(Self.mode(path) == 0o600)
            close(dead.descriptor)
            let alive = try UnixListener(path: path, mode: 0o600)
            #expect(listen(alive.descriptor, 8) == 0)
            dead.removeFile()
            #expect(Self.mode(path) != nil, "it is another one's now")
            #expect(throws: UnixListener.Failure.self) { try UnixListener(path: path, mode: 0o600) }
            close(alive.descriptor)
            alive.removeFile()
            #expect(Self.mode(path) == nil)
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            #expect(throws: UnixListener.Failure.self) { try UnixListener(path: path, mode: 0o600) }
            #expect(Self.mode(path) == 0o600)
        }
    }

    @Test(
        "An inherited one does as well",
        arguments: [0o600, 0o666] as [mode_t]
    )
    func inherited(_ mode: mode_t) async throws {
        try await self.withPath { path in
            let socket = try UnixListener(path: path, mode: mode)
            #expect(listen(socket.descriptor, 8) == 0)
            // One that came while no relay ran.
            let early = try RawClient(path: path)
            let harness = try await FrontDoorHarness { $0.inheritedListener = socket.descriptor }
            let box = ClientBox(early)
            try await harness.run { _ in
                for client in [box.client, try RawClient(path: path)] {
                    try client.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
                    _ = try client.readHead()
                    #expect(try client.next() == .binary([7]))
                }
            }
            #expect(Self.mode(path) == mode, "it is not ours to remove")
        }
    }

    @Test(
        "Where to listen",
        arguments: [
            ("unix:/run/a.sock", "unix:/run/a.sock"),
            ("unix:/" + String(repeating: "a", count: 106), "unix:/" + String(repeating: "a", count: 106)),
            ("unix:/" + String(repeating: "a", count: 107), nil), ("unix:run", nil), ("unix:", nil), ("unix:/", nil),
            ("unix:/run/", nil),
            ("unix:@abstract", nil), ("/run/a.sock", nil), ("a:1", "a:1"), ("[::1]:0", "[::1]:0"), ("*:9", "0.0.0.0:9"),
        ] as [(String, String?)]
    )
    func endpoints(_ text: String, _ expected: String?) { #expect(Endpoint(text)?.description == expected) }
}
