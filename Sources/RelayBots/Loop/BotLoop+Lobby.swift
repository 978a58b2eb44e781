import RelayClient
import RelayWire

// Players who find their rooms by quick join. Who plays with whom is known only from the welcomes.
extension BotLoop {
    /// Gives a player a place in the room that its welcome names, and others to watch there.
    func takePlace(_ bot: Bot, at now: UInt64) {
        guard self.options.lobby else { return }
        if let helloAt = bot.pointee.helloAt {
            self.measurements.quickJoins.welcomed(afterNanoseconds: now - min(now, helloAt))
            bot.pointee.helloAt = nil
        }
        self.giveUpPlace(of: bot)
        let room = self.room(named: bot.pointee.session.room)
        let place = room.enter(bot)
        for mate in room.bots { mate.pointee.watch.forget(place: place) }
        (bot.pointee.room, bot.pointee.place) = (room, place)
        var watch = Watch(place: place, players: self.options.players, room: room.index)
        // The interval that is open goes on, if there was one.
        if bot.pointee.watch.isListener { watch.arrivals = bot.pointee.watch.arrivals }
        bot.pointee.watch = watch
    }

    private func giveUpPlace(of bot: Bot) {
        guard bot.pointee.room !== self.lobby else { return }
        bot.pointee.room.leave(bot.pointee.place)
        (bot.pointee.room, bot.pointee.entity) = (self.lobby, nil)
    }

    private func room(named name: String) -> BotRoom {
        if let known = self.roomsByName[name] { return known }
        let room = BotRoom(name: name, index: self.rooms.count)
        self.rooms.append(room)
        self.roomsByName[name] = room
        return room
    }

    /// Ends a player's game. What it wrote and nobody has seen yet does not count. ``playAgain(_:at:)`` follows once the relay has let it go.
    func endGame(of bot: Bot, at now: UInt64) {
        self.tell(bot, "leaves")
        self.giveUpPlace(of: bot)
        bot.pointee.isBetweenGames = true
        bot.pointee.lastInput = now
        bot.pointee.session.leave(at: now)
        self.settle(bot, at: now)
    }

    /// Quick-joins again. No effect unless the player's session is over because its game was.
    func playAgain(_ bot: Bot, at now: UInt64) {
        guard bot.pointee.isBetweenGames, self.stage == .playing || self.stage == .settling else { return }
        self.earlierFrames.add(bot.pointee.session.statistics)
        bot.pointee.startSession()
        self.settle(bot, at: now)
    }

    /// Counts who is where.
    func countRooms() {
        let present = self.rooms.map { room in room.bots.count { $0.pointee.session.isJoined } }
        self.measurements.quickJoins.found(playersPerRoom: present)
    }
}
