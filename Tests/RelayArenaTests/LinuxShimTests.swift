import CRelayLinux
import Foundation
import Glibc
import Testing

/// Now, by the realtime clock.
private func realtime() -> Int64 {
    var (monotonic, realtime) = (Int64(0), Int64(0))
    crelay_read_clocks(&monotonic, &realtime)
    return realtime
}

/// Two ends of a TCP connection over loopback; closed with it.
private final class TCPPair {
    let client: Int32
    let server: Int32

    init() throws {
        let listener = crelay_tcp_listen("127.0.0.1", 0, 16)
        try #require(listener >= 0)
        defer { close(listener) }
        let port = crelay_local_port(listener)
        try #require(port > 0)
        self.client = crelay_tcp_connect_start("127.0.0.1", UInt16(port))
        try #require(self.client >= 0)
        try #require(waitFor(CRELAY_EVENT_WRITABLE, on: self.client))
        try #require(crelay_so_error(self.client) == 0)
        try #require(waitFor(CRELAY_EVENT_READABLE, on: listener))
        self.server = crelay_accept(listener)
        try #require(self.server >= 0)
    }

    deinit {
        close(self.client)
        close(self.server)
    }
}

/// Whether any of `events` happens on a descriptor within two seconds.
private func waitFor(_ events: UInt32, on descriptor: Int32) -> Bool {
    let epoll = crelay_epoll_create()
    defer { close(epoll) }
    guard crelay_epoll_add_events(epoll, descriptor, 0, events) == 0 else { return false }
    var event = crelay_event()
    return crelay_epoll_wait(epoll, &event, 1, 2_000_000_000) == 1 && event.events & events != 0
}

private func receive(_ descriptor: Int32, _ count: Int = 64) -> (bytes: [UInt8], stamp: Int64, result: Int) {
    var buffer = [UInt8](repeating: 0, count: count)
    var stamp: Int64 = -1
    let result = crelay_receive(descriptor, &buffer, count, &stamp)
    return (Array(buffer.prefix(max(0, result))), stamp, result)
}

/// Whether the kernel would make a core of this process; and, if asked, that it would again.
private func makesCores(again: Bool = false) throws -> Bool {
    typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
    let (getDumpable, setDumpable): (Int32, Int32) = (3, 4)  // <linux/prctl.h>
    let control = unsafeBitCast(try #require(dlsym(nil, "prctl")), to: Control.self)
    if again { #expect(control(setDumpable, 1, 0, 0, 0) == 0) }
    return control(getDumpable, 0, 0, 0, 0) == 1
}

@Suite("Linux shim")
struct LinuxShimTests {
    @Test("No core is made, not into a pipe either, and the process can still read what it needs of itself")
    func cores() throws {
        var old = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &old) == 0)
        #expect(crelay_forbid_cores() == 0)
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 && limit.rlim_cur == 0)
        #expect(try !makesCores())
        for path in ["/proc/self/statm", "/proc/self/task/\(getpid())/schedstat", "/proc/self/task/\(getpid())/comm"] {
            #expect(try !Data(contentsOf: URL(filePath: path)).isEmpty, "\(path)")
        }
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &old)
        #expect(try makesCores(again: true))
    }

    @Test("A receive timestamp tells when the bytes came, not when they were read")
    func timestamps() throws {
        let pair = try TCPPair()
        #expect(crelay_enable_timestamps(pair.server) == 0)
        // The kernel may switch timestamps on with a delay, so that the first bytes may come without: try a few times.
        for attempt in 0..<20 {
            let before = realtime()
            #expect(crelay_send(pair.client, [1, 2, 3] as [UInt8], 3) == 3)
            let sent = realtime()
            crelay_sleep_until(crelay_monotonic_ns() + 20_000_000)
            let (bytes, stamp, _) = receive(pair.server)
            #expect(bytes == [1, 2, 3])
            if stamp == 0, attempt < 19 { continue }
            #expect(stamp >= before - 1_000_000 && stamp <= sent + 15_000_000, "\(stamp - before) ns after the send began")
            return
        }
    }

    @Test("Without timestamps enabled the stamp is 0; nothing to read is -EAGAIN; the end is 0")
    func receives() throws {
        let pair = try TCPPair()
        #expect(receive(pair.server).result == Int(-EAGAIN))
        #expect(crelay_send2(pair.client, [1, 2] as [UInt8], 2, [3] as [UInt8], 1) == 3)
        #expect(crelay_send2(pair.client, [4] as [UInt8], 1, nil, 0) == 1)
        #expect(crelay_send2(pair.client, nil, 0, [5] as [UInt8], 1) == 1)
        #expect(crelay_send2(pair.client, nil, 0, nil, 0) == 0)
        crelay_sleep_until(crelay_monotonic_ns() + 5_000_000)
        let (bytes, stamp, _) = receive(pair.server)
        #expect(bytes == [1, 2, 3, 4, 5] && stamp == 0)
        #expect(shutdown(pair.client, Int32(SHUT_WR)) == 0)
        #expect(waitFor(CRELAY_EVENT_PEER_CLOSED, on: pair.server))
        var byte: UInt8 = 0
        #expect(crelay_receive_plain(pair.server, &byte, 1) == 0)
        #expect(crelay_receive_plain(-1, &byte, 1) == Int(-EBADF))
    }

    @Test("A full socket takes a part, then -EAGAIN; a reset peer is an error and no signal")
    func sends() throws {
        let pair = try TCPPair()
        let block = [UInt8](repeating: 7, count: 1 << 20)
        var taken = 0
        while true {
            let count = crelay_send2(pair.server, block, block.count, block, block.count)
            guard count > 0 else {
                #expect(count == Int(-EAGAIN))
                break
            }
            taken += count
        }
        #expect(taken > 0 && crelay_outq(pair.server) > 0)
        #expect(crelay_set_linger0(pair.client) == 0)
        #expect(shutdown(pair.client, Int32(SHUT_RDWR)) == 0)
        #expect(shutdown(pair.server, Int32(SHUT_WR)) == 0)
        #expect(crelay_send(pair.server, block, 1) == Int(-EPIPE))
    }

    @Test("TCP_INFO of a connection that has carried bytes")
    func tcpInfo() throws {
        let pair = try TCPPair()
        let bytes = [UInt8](repeating: 1, count: 1000)
        #expect(crelay_send(pair.client, bytes, 1000) == 1000)
        #expect(waitFor(CRELAY_EVENT_READABLE, on: pair.server))
        #expect(receive(pair.server, 2000).bytes.count == 1000)
        crelay_sleep_until(crelay_monotonic_ns() + 50_000_000)  // beyond a delayed acknowledgement
        var (client, server) = (crelay_tcp_info(), crelay_tcp_info())
        #expect(crelay_tcp_info_get(pair.client, &client) == 0 && crelay_tcp_info_get(pair.server, &server) == 0)
        #expect(client.state == 1 && client.bytes_acked >= 1000 && client.unacked_segments == 0)
        #expect(client.rtt_us > 0 && client.rtt_us < 1_000_000 && client.rto_us > 0 && client.snd_cwnd_segments > 0)
        #expect(client.snd_wnd_bytes > 0 && client.snd_mss_bytes > 0 && client.notsent_bytes == 0)
        #expect(server.bytes_received == 1000 && server.last_data_recv_ms >= 40 && server.last_data_recv_ms < 10_000)
        #expect(crelay_outq(pair.client) == 0)
        #expect(crelay_tcp_info_get(-1, &client) == -EBADF)
    }

    @Test("Socket options are accepted")
    func options() throws {
        let pair = try TCPPair()
        #expect(crelay_set_nodelay(pair.client, true) == 0)
        #expect(crelay_set_notsent_lowat(pair.client, 4096) == 0)
        #expect(crelay_set_user_timeout(pair.client, 30_000) == 0)
        #expect(crelay_set_send_buffer(pair.client, 65_536) == 0)
        #expect(crelay_set_receive_buffer(pair.client, 65_536) == 0)
        #expect(crelay_set_nonblocking(pair.client) == 0)
        #expect(crelay_set_nodelay(-1, true) == -EBADF)
    }

    @Test("epoll tells every ready descriptor by its data, and waits as long as it is told")
    func epoll() throws {
        let epoll = crelay_epoll_create()
        defer { close(epoll) }
        let descriptors = (0..<5).map { _ in crelay_eventfd_create() }
        defer { descriptors.forEach { close($0) } }
        for (index, descriptor) in descriptors.enumerated() {
            #expect(crelay_epoll_add(epoll, descriptor, UInt64.max - UInt64(index)) == 0)
        }
        var events = [crelay_event](repeating: crelay_event(), count: 8)
        let start = crelay_monotonic_ns()
        #expect(crelay_epoll_wait(epoll, &events, 8, 3_000_000) == 0)
        #expect(crelay_monotonic_ns() - start >= 2_900_000)
        for index in [0, 2, 4] { #expect(crelay_eventfd_signal(descriptors[index]) == 0) }
        #expect(crelay_epoll_wait(epoll, &events, 8, 0) == 3)
        #expect(events.prefix(3).map(\.data).sorted() == [4, 2, 0].map { UInt64.max - $0 })
        #expect(events.prefix(3).allSatisfy { $0.events == CRELAY_EVENT_READABLE })
        for descriptor in descriptors { #expect(crelay_eventfd_drain(descriptor) == 0) }
        #expect(crelay_epoll_wait(epoll, &events, 8, 0) == 0)
        #expect(crelay_epoll_modify(epoll, descriptors[1], 7, CRELAY_EVENT_WRITABLE) == 0)
        #expect(crelay_epoll_wait(epoll, &events, 8, -1) == 1 && events[0].data == 7)
        #expect(crelay_epoll_delete(epoll, descriptors[1]) == 0)
        #expect(crelay_epoll_delete(epoll, descriptors[1]) == -ENOENT)
        #expect(crelay_epoll_wait(-1, &events, 8, 0) == -EBADF)
    }

    @Test("Clocks run, and a sleep ends at its deadline")
    func clocks() {
        #expect(crelay_set_timer_slack(1) == 0)
        let deadline = crelay_monotonic_ns() + 5_000_000
        crelay_sleep_until(deadline)
        #expect(crelay_monotonic_ns() >= deadline)
        crelay_sleep_until(deadline)  // past: returns at once
        #expect(crelay_thread_cpu_ns() > 0 && realtime() > 1_500_000_000_000_000_000)
    }

    @Test("Refused and impossible connections")
    func connectErrors() throws {
        let listener = crelay_tcp_listen("127.0.0.1", 0, 1)
        let port = UInt16(crelay_local_port(listener))
        #expect(crelay_accept(listener) == -EAGAIN)
        #expect(crelay_tcp_listen("127.0.0.1", port, 1) == -EADDRINUSE)
        #expect(crelay_tcp_listen("not an address", 0, 1) == -EINVAL)
        close(listener)
        let refused = crelay_tcp_connect_start("127.0.0.1", port)
        if refused >= 0 {
            defer { close(refused) }
            #expect(waitFor(CRELAY_EVENT_ERROR | CRELAY_EVENT_HANGUP, on: refused))
            #expect(crelay_so_error(refused) == -ECONNREFUSED)
        } else {
            #expect(refused == -ECONNREFUSED)
        }
    }

    @Test("Process and thread")
    func process() {
        #expect(crelay_raise_nofile() > 0)
        var (first, second): ([UInt8], [UInt8]) = (.init(repeating: 0, count: 32), .init(repeating: 0, count: 32))
        #expect(crelay_fill_random(&first, 32) == 0 && crelay_fill_random(&second, 32) == 0)
        #expect(first != second)
        let copy = crelay_dup_cloexec(0)
        #expect(copy > 0 && fcntl(copy, F_GETFD) == FD_CLOEXEC)
        close(copy)
        #expect(crelay_dup_cloexec(-1) == -EBADF)
        let name = threadName()
        #expect(crelay_set_thread_name("a name that is too long") == 0)
        #expect(threadName() == "a name that is ")
        #expect(crelay_set_thread_name(name) == 0)
    }

    @Test("A thread steps back alone, and no further the second time; asking for short turns leaves it where it is")
    func steppingBack() async {
        let process = niceness(of: id_t(getpid()))
        let seen = await withCheckedContinuation { continuation in
            Thread {
                let results = [crelay_run_promptly(), niceness(of: 0)]
                let first = [crelay_give_way(5), niceness(of: 0)]
                let second = [crelay_give_way(5), niceness(of: 0)]
                continuation.resume(returning: results + first + second)
            }.start()
        }
        #expect(seen == [0, process, 0, max(process, 5), 0, max(process, 5)])
        #expect(niceness(of: id_t(getpid())) == process)
    }

    private func threadName() -> String {
        let file = open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(file, &bytes, 32)
        return String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)  // less the newline
    }
}

/// Of a thread, by its id; 0: of this one.
private func niceness(of thread: id_t) -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread) }
