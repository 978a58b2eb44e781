import Logging
import RelaySystemd
import Testing

@Suite("Sockets that systemd keeps")
struct ActivatedSocketsTests {
    @Test("Names give descriptors, from 3 on")
    func names() throws {
        let sockets = try ActivatedSockets(names: ["admin", "public"], known: ["public", "admin"], isListening: { _ in true })
        #expect(sockets["public"] == 4)
        #expect(sockets["admin"] == 3)
        #expect(sockets["other"] == nil)
    }

    @Test(
        "What does not fit is refused",
        arguments: [
            (["games.socket"], ActivatedSockets.Misfit.unknownName("games.socket", known: ["public", "admin"])),
            (["public", "public"], .twice("public")),
            (["public", "admin"], .notListening("admin")),
        ]
    )
    func misfits(_ names: [String], _ misfit: ActivatedSockets.Misfit) {
        #expect(throws: misfit) {
            try ActivatedSockets(names: names, known: ["public", "admin"], isListening: { $0 == 3 })
        }
    }
}

@Suite("The journal")
struct JournalTests {
    @Test("Metadata become fields, and a kind becomes its MESSAGE_ID")
    func fields() {
        let entry = JournalEntry(
            level: .notice, identifier: "tickrelay", message: "seat stalled",
            metadata: ["kind": "stalled", "room": "lobby\n2", "seat": "3", "cause": "network"]
        )
        #expect(
            entry.fields == [
                "MESSAGE=seat stalled cause=network room=lobby\n2 seat=3", "PRIORITY=5", "SYSLOG_IDENTIFIER=tickrelay",
                "MESSAGE_ID=9e5a321d469754649a78914f066654e1", "CAUSE=network", "KIND=stalled", "ROOM=lobby\n2", "SEAT=3",
            ]
        )
    }

    @Test(
        "Field names are what the journal takes",
        arguments: [
            ("acknowledgement_age_ms", "ACKNOWLEDGEMENT_AGE_MS"), ("hb.request.id", "HB_REQUEST_ID"), ("_pid", "X_PID"),
            ("1st", "X1ST"), ("größe", "GR__E"), ("", "X"),
            (String(repeating: "a", count: 99), String(repeating: "A", count: 64)),
        ]
    )
    func names(_ key: String, _ name: String) { #expect(JournalEntry.fieldName(key) == name) }

    @Test("Message identities are 32 hexadecimal digits, each its own")
    func identities() {
        let identities = Array(MessageIdentity.of.values)
        #expect(Set(identities).count == identities.count)
        #expect(identities.allSatisfy { $0.count == 32 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } })
    }

    @Test(
        "Standard error is the journal only if JOURNAL_STREAM says so of this very file",
        arguments: [nil, "", "8", "8:x", "1:2", "-1:5"] as [String?]
    )
    func stream(_ stream: String?) { #expect(!JournalLogHandler.isStandardErrorJournal(stream: stream)) }
}
