import RelayCore
import RelayWire
import Testing

/// That a sound room passes is asked after every tick of every other test, by ``RoomHarness``.
@Suite("Audit")
struct AuditTests {
    @Test("A room that miscounts is found out")
    func miscount() {
        var store = EntityStore(maximumDeletions: 4)
        _ = store.create(EntityID(SeatNumber(rawValue: 1), 0), owner: SeatNumber(rawValue: 1), at: Tick(rawValue: 1))
        let sound = store.brokenInvariant()
        store.miscount()
        let broken = store.brokenInvariant()
        #expect(sound == nil)
        #expect(broken == "17 bytes of state counted, 16 there")
    }
}
