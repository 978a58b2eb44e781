import RelayWire

extension SplitMix64 {
    /// True with a probability of `perMillion` in a million.
    mutating func chance(_ perMillion: UInt64) -> Bool { perMillion > 0 && self.below(1_000_000 as UInt64) < perMillion }

    /// One of the elements. The array must not be empty.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    /// A separate generator, so that the draws of one part do not shift those of another.
    mutating func fork() -> SplitMix64 { SplitMix64(seed: self.next()) }
}

/// A running hash of everything the simulation put out: two runs of one seed must end with the same.
struct Digest: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ word: UInt64) {
        self.value = (self.value ^ word) &* 0x9FB2_1C65_1E98_DF25
        self.value ^= self.value >> 32
    }

    mutating func mix(_ bytes: [UInt8]) {
        self.mix(UInt64(bytes.count))
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                self.mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < raw.count {
                rest = rest << 8 | UInt64(raw[offset])
                offset += 1
            }
            self.mix(rest)
        }
    }
}

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
