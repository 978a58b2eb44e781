/// How long the last writes were, plain and encrypted: the kernel counts encrypted bytes, the room plain ones.
struct RecentWrites {
    private static let most = 64
    private var writes: [(plain: UInt64, cipher: UInt64)] = []
    private var next = 0

    mutating func add(plain: UInt64, cipher: UInt64) {
        if self.writes.count < Self.most {
            self.writes.append((plain, cipher))
        } else {
            self.writes[self.next] = (plain, cipher)
            self.next = (self.next + 1) % Self.most
        }
    }

    /// The plain bytes in the newest `cipherBytes`; of a write that is there in part as many as fit. What is older than all writes that
    /// are remembered counts as plain: more than all frames means all of them.
    func plainBytes(ofNewest cipherBytes: UInt64) -> UInt64 {
        var (left, plain) = (cipherBytes, UInt64(0))
        for offset in 1...max(1, self.writes.count) where left > 0 && !self.writes.isEmpty {
            let write = self.writes[(self.next + self.writes.count - offset) % self.writes.count]
            plain += min(write.plain, left)
            left -= min(write.cipher, left)
        }
        return plain + left
    }
}
