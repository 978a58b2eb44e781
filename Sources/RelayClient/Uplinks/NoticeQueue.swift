/// Notices not polled yet. Over the bound the oldest are dropped, and the next poll returns how many.
struct NoticeQueue: Sendable {
    private var items: [SessionEvent] = []
    private var head = 0
    private var dropped = 0
    private let bound: Int

    init(bound: Int) { self.bound = max(1, bound) }

    mutating func push(_ event: SessionEvent) {
        if self.items.count - self.head >= self.bound {
            self.head += 1
            self.dropped += 1
            if self.head >= self.bound {
                self.items.removeFirst(self.head)
                self.head = 0
            }
        }
        self.items.append(event)
    }

    mutating func next() -> SessionEvent? {
        if self.dropped > 0 {
            defer { self.dropped = 0 }
            return .noticesDropped(self.dropped)
        }
        guard self.head < self.items.count else { return nil }
        let item = self.items[self.head]
        self.head += 1
        if self.head == self.items.count {
            self.items.removeAll(keepingCapacity: true)
            self.head = 0
        }
        return item
    }
}
