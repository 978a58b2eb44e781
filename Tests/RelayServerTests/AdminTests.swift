import Testing

@testable import RelayServer

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
        #expect(text.hasPrefix("{\n  \"connections\" : 0,\n  \"counters\" : {\n    \"accepted\" : 1,\n"))
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
}
