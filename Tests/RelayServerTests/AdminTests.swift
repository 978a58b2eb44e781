import HTTPTypes
import RelayServer
import Testing

@Suite("The admin listener")
struct AdminTests {
    @Test("Statistics carry the front door's counts, in snake case, sorted")
    func statistics() async throws {
        let counters = FrontDoorCounters()
        counters.count(4005)
        counters.count(.accepted)
        let statistics = await AdminAPI(hosting: EchoHosting(), counters: counters, logLinesLost: { 7 }).statistics()
        #expect(statistics.counters == ["closed.helloTimeout": 3, "own": 1, "accepted": 1, "logLinesLost": 7])
        let text = String(decoding: try AdminAPI.encode(statistics), as: UTF8.self)
        #expect(text.hasPrefix("{\n  \"bans\" : 0,\n  \"connections\" : 0,\n  \"counters\" : {\n    \"accepted\" : 1,\n"))
    }

    @Test("Healthy is who advances")
    func health() async {
        let hosting = EchoHosting()
        let api = AdminAPI(hosting: hosting, counters: FrontDoorCounters(), patience: .milliseconds(200))
        #expect(await api.isAdvancing() == false)
        async let healthy = AdminAPI(hosting: hosting, counters: FrontDoorCounters(), patience: .seconds(5)).isAdvancing()
        for round in 1...100 {
            hosting.pretend(round)
            try? await Task.sleep(for: .milliseconds(10))
        }
        #expect(await healthy)
    }

    @Test(
        "Only an address, a name of loopback or the configured one is answered, and pages only on the listener itself",
        arguments: [
            (["127.0.0.1:7778"], [], nil), (["localhost"], [], nil), (["[::1]:9"], [], nil), (["192.0.2.7:7778"], [], nil),
            (["metrics.internal:7778"], [], nil), (["METRICS.internal"], [], nil),
            ([], [], .badRequest), ([""], [], .badRequest), (["a", "a"], [], .badRequest),
            (["localhost", "evil.example"], [], .badRequest),
            (["a b"], [], .badRequest), (["x@localhost"], [], .badRequest),
            (["evil.example:7778"], [], .misdirectedRequest), (["127.0.0.1.evil.example"], [], .misdirectedRequest),
            (["evil.example"], ["http://evil.example"], .misdirectedRequest),
            (["localhost:7778"], ["http://localhost:7778"], nil), (["localhost:7778"], ["HTTP://LOCALHOST:7778"], nil),
            (["localhost:7778"], ["http://localhost:3000"], .forbidden),
            (["localhost:7778"], ["http://127.0.0.1:7778"], .forbidden),
            (["localhost:7778"], ["https://evil.example"], .forbidden), (["localhost:7778"], ["null"], .forbidden),
            (["localhost:7778"], [""], .forbidden), (["localhost:7778"], ["http://localhost:7778", "http://a"], .forbidden),
        ] as [([String], [String], HTTPResponse.Status?)]
    )
    func hosts(_ hosts: [String], _ origins: [String], _ status: HTTPResponse.Status?) throws {
        var request = HTTPRequest(method: .post, scheme: "http", authority: hosts.first, path: "/stats")
        let (host, origin) = (try #require(HTTPField.Name("host")), try #require(HTTPField.Name("Origin")))
        request.headerFields[values: host] = Array(hosts.dropFirst())
        request.headerFields[values: origin] = origins
        let refusal = AdminHosts(configured: "Metrics.internal").refusal(of: request)
        #expect(refusal?.status == status)
        #expect(refusal.map { $0.sentence.count > 20 } ?? true)
    }
}
