import RelayWire

extension SplitMix64 {
    /// True with a probability of `perMillion` in a million.
    mutating func chance(_ perMillion: UInt64) -> Bool { perMillion > 0 && self.below(1_000_000 as UInt64) < perMillion }

    /// One of the elements. The array must not be empty.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    /// A separate generator, so that the draws of one part do not shift those of another.
    mutating func fork() -> SplitMix64 { SplitMix64(seed: self.next()) }
}
