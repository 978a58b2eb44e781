import ArgumentParser
import Foundation
import RelayHosting
import RelayServer

extension RoomsCommand {
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows all rooms, or one with its seats, and keeps up with them.",
            discussion: """
                Once a second, until Ctrl-C. Those with stalled players come first, then those with players that are behind. \
                Without a terminal, and with --json, prints one list after the other instead.
                """
        )
        @Argument(help: "One room; default: all.") var room: String?
        @OptionGroup var relay: AdminOptions

        /// Between an answer and the next request.
        private static let interval = Duration.seconds(1)
        /// A relay that takes longer for an answer does not keep up, which is worth seeing.
        private static let patience = Duration.seconds(3)

        private var request: AdminRequest { self.room.map(AdminRequest.room) ?? .rooms }

        func run() async throws {
            // A reader of our output that has gone is noticed between two lists.
            signal(SIGPIPE, SIG_IGN)
            var client = try self.relay.client()
            client.patience = Self.patience
            // What is wrong from the start ends the command; what happens later is shown.
            let first = try await AdminOptions.orExit { () async throws(AdminFailure) in try await client.ask(self.request) }
            if isatty(STDOUT_FILENO) == 1, !self.relay.json {
                let subject = try await AdminOptions.orExit { () async throws(AdminFailure) in try self.subject(of: first) }
                try await self.draw(WatchScreen(relay: "\(client.relay)", subject, at: Int64(time(nil))), client)
            } else {
                try await self.print(first, client)
            }
        }

        // MARK: In a terminal

        private func draw(_ first: WatchScreen, _ client: AdminClient) async throws {
            var screen = first
            let terminal = LiveScreen()
            // SIGHUP too: the terminal has gone.
            Signals.obey(reload: { Self.end(terminal) }, drain: { Self.end(terminal) })
            terminal.open()
            defer { terminal.close() }
            while true {
                terminal.draw(screen.drawing(in: LiveScreen.size, at: Int64(time(nil))))
                try await Task.sleep(for: Self.interval)
                do throws(AdminFailure) {
                    screen.answered(try self.subject(of: try await client.ask(self.request)), at: Int64(time(nil)))
                } catch {
                    screen.failed(error)
                }
            }
        }

        private static func end(_ terminal: LiveScreen) {
            terminal.close()
            _exit(0)
        }

        private func subject(of answer: AdminAnswer) throws(AdminFailure) -> WatchScreen.Subject {
            let rooms = try OperatorAnswers.decode(OperatorAnswers.RoomList.self, from: answer.text).rooms
            guard self.room != nil else { return .rooms(rooms) }
            guard let room = rooms.first else { throw .unreadable(reason: "the room is not in it") }
            return .room(room)
        }

        // MARK: Elsewhere

        private func print(_ first: AdminAnswer, _ client: AdminClient) async throws {
            var answer = first
            var isNew = true
            while !Self.readerHasGone {
                if isNew { try await AdminOptions.orExit { () async throws(AdminFailure) in try self.print(answer) } }
                try await Task.sleep(for: Self.interval)
                do throws(AdminFailure) {
                    (answer, isNew) = (try await client.ask(self.request), true)
                } catch {
                    isNew = false
                    Console.complain("\(error)")
                }
            }
        }

        private func print(_ answer: AdminAnswer) throws(AdminFailure) {
            if self.relay.json { return AdminOptions.sayJSON(answer) }
            switch try self.subject(of: answer) {
            case .rooms(let rooms): Console.say(OperatorText.list(rooms) + "\n")
            case .room(let room): Console.say(OperatorText.show(room) + "\n")
            }
        }

        /// Whether nobody will read any more: the other end of the pipe is closed.
        private static var readerHasGone: Bool {
            var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            return poll(&output, 1, 0) == 1 && output.revents & Int16(POLLERR | POLLHUP) != 0
        }
    }
}
