import RelayHosting

extension ArenaThread {
    func summarize() -> RelaySummary {
        RelaySummary(
            rooms: self.rooms.count, players: self.slots.reduce(0) { $0 + $1.connections },
            latenessP99: self.statistics.takeRecentLateness()
        )
    }
}
