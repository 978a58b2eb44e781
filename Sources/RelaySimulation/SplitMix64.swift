/// SplitMix64 (Steele, Lea & Flood 2014). Ours, so a recorded seed survives a toolchain upgrade.
public struct SplitMix64: Sendable {
    private(set) var state: UInt64

    public init(seed: UInt64) { self.state = seed }

    public mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0 ..< `bound`; `bound` > 0.
    public mutating func below(_ bound: UInt64) -> UInt64 { self.next().multipliedFullWidth(by: bound).high }

    /// Uniform in 0 ..< `bound`; `bound` > 0.
    public mutating func below(_ bound: Int) -> Int { Int(self.below(UInt64(bound))) }

    /// Uniform in a range.
    public mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// Uniform in a range.
    public mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a million.
    public mutating func chance(_ perMillion: UInt64) -> Bool { perMillion > 0 && self.below(1_000_000 as UInt64) < perMillion }

    /// One of them. Not empty.
    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    /// A generator of its own, so that what one part draws does not move what another gets.
    public mutating func fork() -> SplitMix64 { SplitMix64(seed: self.next()) }
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
