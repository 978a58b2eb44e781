/// A first-in first-out queue that keeps its memory.
struct Queue<Element> {
    private var items: [Element] = []
    private var head = 0

    var isEmpty: Bool { self.head == self.items.count }
    var count: Int { self.items.count - self.head }
    var first: Element? { self.isEmpty ? nil : self.items[self.head] }

    mutating func append(_ element: Element) { self.items.append(element) }

    @discardableResult
    mutating func removeFirst() -> Element {
        let element = self.items[self.head]
        self.head += 1
        if self.head == self.items.count {
            self.removeAll()
        } else if self.head > 64, self.head * 2 > self.items.count {
            self.items.removeFirst(self.head)
            self.head = 0
        }
        return element
    }

    mutating func removeAll() {
        self.items.removeAll(keepingCapacity: true)
        self.head = 0
    }
}
