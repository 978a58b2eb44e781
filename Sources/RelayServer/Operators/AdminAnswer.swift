/// What an admin listener answered.
package struct AdminAnswer: Sendable, Equatable {
    /// Of HTTP.
    package var status: Int
    /// Whether it is text for people.
    package var isSentence: Bool
    /// All of it.
    package var text: String

    package init(status: Int, isSentence: Bool, text: String) {
        (self.status, self.isSentence, self.text) = (status, isSentence, text)
    }

    /// Why the relay did not do what it was asked; nil if it did.
    package var failure: AdminFailure? {
        switch self.status {
        case 200..<300: nil
        case 401: .unauthorized(self.sentence)
        default: .refused(self.sentence)
        }
    }

    private var sentence: String {
        let line = self.text.prefix { !$0.isNewline }
        guard self.isSentence, !line.isEmpty else {
            return "The answer is \(self.status) and no sentence: is --admin right, and the relay of this version?"
        }
        return String(line)
    }
}
