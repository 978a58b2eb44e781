/// One room of the run, with its players.
final class BotRoom {
    let name: String
    /// Its place among the rooms of the run.
    let index: Int
    /// Whether all its replicas agreed after the writes had stopped.
    var isSettled = false
    /// Nil where nobody is any more. Clients that never read have no place.
    private var places: [Bot?] = []

    init(name: String, index: Int) { (self.name, self.index) = (name, index) }

    /// Its players, by place. Allocates.
    var bots: [Bot] { self.places.compactMap { $0 } }

    /// Who has a place; nil if nobody has.
    @inline(__always)
    subscript(place: Int) -> Bot? { place < self.places.count ? self.places[place] : nil }

    /// Gives a player the first place that nobody has.
    func enter(_ bot: Bot) -> Int {
        if let place = self.places.firstIndex(where: { $0 == nil }) {
            self.places[place] = bot
            return place
        }
        self.places.append(bot)
        return self.places.count - 1
    }

    func leave(_ place: Int) { self.places[place] = nil }
}
