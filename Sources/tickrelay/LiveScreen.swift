import Foundation
import RelayServer
import Synchronization

/// A terminal's second screen, for what changes in place. The first one, with what the user did before, is untouched below it.
final class LiveScreen: Sendable {
    /// Held while bytes are written: nothing is drawn after the first screen is back.
    private let isOpen = Mutex(false)

    /// The alternate screen, without a cursor; long lines are cut there, not wrapped.
    private static let opening = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    private static let closing = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    func open() {
        self.isOpen.withLock { isOpen in
            if !isOpen { Console.write(Self.opening, to: STDOUT_FILENO) }
            isOpen = true
        }
    }

    func draw(_ text: String) {
        self.isOpen.withLock { isOpen in
            if isOpen { Console.write(text, to: STDOUT_FILENO) }
        }
    }

    func close() {
        self.isOpen.withLock { isOpen in
            if isOpen { Console.write(Self.closing, to: STDOUT_FILENO) }
            isOpen = false
        }
    }

    /// Of the terminal at standard output; 80 times 24 if it does not say.
    static var size: WatchScreen.Size {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return WatchScreen.Size(width: 80, height: 24)
        }
        return WatchScreen.Size(width: Int(size.ws_col), height: Int(size.ws_row))
    }
}
