import RelayArena
import Testing

@Suite("Questions to a thread")
struct AnswerTests {
    @Test("An answer comes at once, and only the first one counts") func first() async {
        let given = await Answer<Int>.wait(.seconds(60)) { answer in
            answer.give(1)
            answer.give(2)
            return true
        }
        #expect(given == 1)
    }

    @Test("Who cannot be asked is not waited for") func nobody() async {
        #expect(await Answer<Int>.wait(.seconds(60)) { _ in false } == nil)
    }

    @Test("Silence does not last for ever, and what is said afterwards is not heard") func silence() async throws {
        var late: Answer<Int>?
        let given = await Answer<Int>.wait(.milliseconds(1)) { answer in
            late = answer
            return true
        }
        #expect(given == nil)
        try #require(late).give(3)
    }
}
