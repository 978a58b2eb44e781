import RelayClocks
import CRelayLinux
import Glibc
import RelayClient
import RelayWire

// Bytes in and out: once per player and slot.
extension BotLoop {
    /// Maximum number of bytes that wait for the kernel. Over it, the player's connection is given up.
    static let maximumWaitingBytes = 64 << 10
    /// Maximum age of a stamp that a session takes as the time of its input. With an older one the client was frozen, and its
    /// input counts from the read. Nanoseconds.
    static let oldestStamp: UInt64 = .milliseconds(100)

    /// Reads a player's socket once, and again while reads come back full, at most eight times.
    func read(_ bot: Bot) {
        guard bot.pointee.link == .open || bot.pointee.link == .upgrading, !bot.pointee.isStalled, bot.pointee.mute == nil else {
            return
        }
        guard let base = self.buffer.baseAddress else { return }
        var rounds = 0
        repeat {
            var stamp: Int64 = 0
            let count = crelay_receive(bot.pointee.descriptor, base, Self.readBytes, &stamp)
            guard count != -Int(EAGAIN) else {
                bot.pointee.lastRead = max(bot.pointee.lastRead, self.slotBegan)
                return
            }
            guard count > 0 else { return bot.pointee.link == .upgrading ? self.endUnanswered(bot) : self.lose(bot) }
            self.take(UnsafeMutableRawBufferPointer(start: base, count: count), stamp: stamp, for: bot)
            rounds = count == Self.readBytes ? rounds + 1 : 8
        } while rounds < 8 && bot.pointee.link == .open
    }

    private func take(_ bytes: UnsafeMutableRawBufferPointer, stamp: Int64, for bot: Bot) {
        let clocks = ReadClocks()
        let now = clocks.monotonic.nanoseconds
        let previous = bot.pointee.lastRead
        let stamped = clocks.arrival(stamp: stamp, lastRead: Instant(nanoseconds: previous))?.nanoseconds
        if stamped != nil { self.stampsWork = true }
        bot.pointee.lastRead = now
        var bytes = bytes
        if bot.pointee.link == .upgrading {
            guard let rest = self.receiveAnswer(bytes, for: bot, at: now) else { return }
            bytes = UnsafeMutableRawBufferPointer(rebasing: bytes[(bytes.count - rest)...])
        }
        // Time does not go back for a session; the arrival itself is not changed.
        let arrival = stamped ?? now
        bot.pointee.lastInput = max(now - arrival <= Self.oldestStamp ? arrival : now, bot.pointee.lastInput)
        let isExact = stamped != nil || !self.stampsWork
        var offset = 0
        do throws(WebSocketError) {
            while let item = try bot.pointee.decoder.next(in: bytes, from: &offset) {
                bot.pointee.watch.read = .init(stamp: arrival, isExact: isExact && offset == bytes.count, previous: previous)
                self.take(item, for: bot)
                guard bot.pointee.link == .open else { return }
            }
        } catch {
            self.failures.record(.ended, "\(bot.pointee.name): not WebSocket: \(error)")
            self.lose(bot, code: nil)
        }
    }

    private func take(_ item: WebSocketItem, for bot: Bot) {
        switch item {
        case .message(let message):
            let payload = message.payload
            guard message.opcode == .binary else { return self.lose(bot) }
            bot.pointee.watch.isHeartbeat =
                payload.count > 1 && payload[0] == ServerMessageKind.frame.rawValue && payload[1] & 4 != 0
            bot.pointee.session.received(Span(_unsafeBytes: payload), at: bot.pointee.lastInput)
            self.settle(bot, at: bot.pointee.lastInput)
        case .ping(let payload):
            let mask = UInt32(truncatingIfNeeded: bot.pointee.random.next())
            WebSocketEncoder.appendClientFrame(opcode: .pong, payload: payload, mask: mask, to: &bot.pointee.out)
        case .pong: break
        case .close(let code, let reason): self.lose(bot, code: code, reason: String(decoding: reason, as: UTF8.self))
        }
    }

    /// Sends all waiting bytes in one call.
    func send(_ bot: Bot) {
        guard !bot.pointee.out.isEmpty, bot.pointee.link == .open else { return }
        let waiting = bot.pointee.out.count - bot.pointee.sentBytes
        let sent = bot.pointee.out.withUnsafeBytes { bytes in
            bytes.baseAddress.map { crelay_send(bot.pointee.descriptor, $0 + bot.pointee.sentBytes, waiting) } ?? 0
        }
        if sent == waiting {
            bot.pointee.out.removeAll(keepingCapacity: true)
            bot.pointee.sentBytes = 0
        } else if sent >= 0 || sent == -Int(EAGAIN) {
            bot.pointee.sentBytes += max(0, sent)
            if waiting > Self.maximumWaitingBytes { self.lose(bot) }
        } else {
            self.lose(bot)
        }
    }
}
