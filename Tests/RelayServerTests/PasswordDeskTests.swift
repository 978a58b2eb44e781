import RelayCore
import RelayServer
import RelayWire
import Synchronization
import Testing

@Suite("The desk for passwords")
struct PasswordDeskTests {
    @Test("A hash is that of its password alone, and no two salts give the same")
    func hashes() async throws {
        let words = Mutex<UInt64>(0)
        let desk = PasswordDesk(
            random: {
                words.withLock {
                    $0 += 1
                    return $0
                }
            })
        let (first, second) = (try #require(await desk.hash("sesame")), try #require(await desk.hash("sesame")))
        #expect(first != second && first.bytes.count == 48)
        #expect(await desk.verify("sesame", first) == true)
        #expect(await desk.verify("sesame", second) == true)
        #expect(await desk.verify("Sesame", first) == false)
        #expect(await desk.verify("sesame", PasswordHash(bytes: Array(first.bytes.dropLast()))) == false)
    }

    @Test("Of many that come at once 64 wait; the others are told so, and nobody is forgotten")
    func bound() async {
        let desk = PasswordDesk(random: { 7 })
        let hash = PasswordHash(bytes: [UInt8](repeating: 1, count: 48))
        let answers = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<200 { group.addTask { await desk.verify("no", hash) } }
            return await group.reduce(into: [Bool?]()) { $0.append($1) }
        }
        #expect(answers.count == 200 && !answers.contains(true))
        #expect(answers.contains(nil) && answers.count { $0 == false } >= 64)
    }

    @Test("Of several passwords that wait for a room the newest is hashed, and one of them at least")
    func newest() async {
        let desk = PasswordDesk(random: { 7 })
        let room = RoomInstance(high: 1, low: 1)
        let (stream, answers) = AsyncStream.makeStream(of: (Int, PasswordHash?).self)
        for number in 0..<20 { desk.hash("word \(number)", for: room) { answers.yield((number, $0)) } }
        var newest: PasswordHash?
        var count = 0
        for await (number, hash) in stream {
            (newest, count) = (hash, count + 1)
            if number == 19 { break }
        }
        #expect(count < 20)
        if let newest { #expect(await desk.verify("word 19", newest) == true) } else { Issue.record("no hash") }
    }
}
