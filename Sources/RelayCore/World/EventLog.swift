/// An event as the room remembers it.
struct LoggedEvent {
    var head: EventHead
    var value: StoredValue
    /// The seats that get a private event; empty for a public one.
    var targets: [SeatNumber]

    var isPublic: Bool { self.targets.isEmpty }
    /// Bytes. A target costs 10: its seat number here (2) and the event's number in the seat (8).
    var cost: Int { 32 + self.value.blob.count + self.targets.count * 10 }
}

/// The last events of a room, in their total order, within a bound. A full log forgets the oldest event; clients that still
/// needed it are told so.
package struct EventLog {
    /// A ring: ``first`` is the oldest.
    private var ring: [LoggedEvent] = []
    private var first = 0
    private(set) var count = 0
    private(set) var bytes = 0
    private let maximumEntries: Int
    private let maximumBytes: Int
    /// Number of the newest event; 0 before the first.
    private(set) var newestNumber: UInt64 = 0
    /// Public events of this tick and before may have been forgotten.
    package private(set) var publicForgottenThrough = Tick.none
    /// Tick of the newest public event.
    private(set) var newestPublic = Tick.none

    init(maximumEntries: Int, maximumBytes: Int) {
        (self.maximumEntries, self.maximumBytes) = (maximumEntries, maximumBytes)
    }

    /// The event at a position, 0 being the oldest.
    subscript(position: Int) -> LoggedEvent { self.ring[(self.first + position) % self.ring.count] }

    /// Position of an event; nil if it is forgotten.
    func position(of number: UInt64) -> Int? {
        let age = self.newestNumber - number
        return age < UInt64(self.count) ? self.count - 1 - Int(age) : nil
    }

    /// Position of the first event after `tick`; ``count`` if there is none. O(events since).
    func firstPosition(after tick: Tick) -> Int {
        var position = self.count
        while position > 0, self[position - 1].head.tick > tick { position -= 1 }
        return position
    }

    /// Appends an event under the next number and returns that number. Passes events that had to be forgotten for it to `forget`.
    mutating func append(_ event: consuming LoggedEvent, forget: (LoggedEvent) -> Void) -> UInt64 {
        self.newestNumber += 1
        event.head.number = self.newestNumber
        if event.isPublic { self.newestPublic = event.head.tick }
        self.bytes += event.cost
        if self.count == self.maximumEntries { self.forgetOldest(forget) }
        self.place(event)
        while self.bytes > self.maximumBytes, self.count > 1 { self.forgetOldest(forget) }
        return self.newestNumber
    }

    private mutating func place(_ event: consuming LoggedEvent) {
        if self.count < self.ring.count {
            self.ring[(self.first + self.count) % self.ring.count] = event
        } else {
            // Full ring below the bound: straighten it, so that appending keeps the order.
            if self.first != 0 {
                self.ring = Array(self.ring[self.first...] + self.ring[..<self.first])
                self.first = 0
            }
            self.ring.append(event)
        }
        self.count += 1
    }

    private mutating func forgetOldest(_ forget: (LoggedEvent) -> Void) {
        let event = self.ring[self.first]
        self.bytes -= event.cost
        (self.ring[self.first].value, self.ring[self.first].targets) = (StoredValue(), [])
        self.first = (self.first + 1) % self.ring.count
        self.count -= 1
        if event.isPublic { self.publicForgottenThrough = event.head.tick }
        forget(event)
    }

    // MARK: Restoring

    /// Forgets the oldest events until `count` are left, as the journaled room did.
    mutating func restore(keeping count: Int) {
        while self.count > count { self.forgetOldest { _ in } }
    }

    /// Restores an event with its number from a journal. Numbers must be consecutive.
    mutating func restore(_ event: consuming LoggedEvent) {
        self.bytes += event.cost
        self.newestNumber = event.head.number
        self.place(event)
    }

    /// Restores the values that the events alone do not tell.
    mutating func restore(newestNumber: UInt64, newestPublic: Tick, publicForgottenThrough: Tick) {
        self.newestNumber = newestNumber
        self.newestPublic = newestPublic
        self.publicForgottenThrough = publicForgottenThrough
    }

    /// Forgets events beyond the bounds of this log: the journaled log may have had other bounds.
    mutating func enforceBounds(forget: (LoggedEvent) -> Void) {
        while self.count > self.maximumEntries || (self.bytes > self.maximumBytes && self.count > 1) { self.forgetOldest(forget) }
    }
}
