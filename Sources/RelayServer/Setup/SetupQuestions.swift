/// Decides what is asked next. Reads no terminal and no file.
///
/// Answers come in by ``answer(_:_:)``, in any order: those of options, then one for each ``next`` until that is nil.
/// A refused answer changes nothing.
package struct SetupQuestions: Sendable {
    /// An absolute path.
    package let directory: String
    package private(set) var answers = SetupAnswers()

    /// - Parameter directory: Where all files go.
    package init(directory: String) throws(SetupRefusal) { self.directory = try SetupText.path(directory) }

    /// The question to ask now; nil if all is known.
    package var next: SetupQuestion? { self.missing.first }

    /// Every question that is open as far as the answers so far tell.
    package var missing: [SetupQuestion] {
        SetupQuestion.allCases.filter { self.isRelevant($0) && !self.answers.has($0) }
    }

    /// Answers that go with nothing else that was answered.
    package var idle: [SetupQuestion] {
        SetupQuestion.allCases.filter { !self.isRelevant($0) && self.answers.has($0) }
    }

    package mutating func answer(_ question: SetupQuestion, _ text: String) throws(SetupRefusal) {
        try self.answers.take(text, for: question)
    }

    /// What an empty line means; nil where it means nothing.
    package func defaultAnswer(to question: SetupQuestion) -> String? {
        switch question {
        case .host: nil
        case .encryption: SetupAnswers.Encryption.certificate.rawValue
        case .certificate: "\(self.directory)/fullchain.pem"
        case .key: "\(self.directory)/privkey.pem"
        case .access: SetupAnswers.Access.tickets.rawValue
        case .adminToken: "yes"
        case .origin: "none"
        case .room: "lobby"
        case .player: "u-1"
        }
    }

    /// Answers every question that has a default with it.
    package mutating func takeDefaults() {
        while let question = self.missing.first(where: { self.defaultAnswer(to: $0) != nil }) {
            self.takeDefault(question, self.defaultAnswer(to: question) ?? "")
        }
    }

    /// Answers what a script need not say. Who may play and who encrypts it has to say, and a token has to be asked for.
    package mutating func takeMinorDefaults() {
        for question in [SetupQuestion.adminToken, .origin, .room, .player] where self.missing.contains(question) {
            self.takeDefault(question, question == .adminToken ? "no" : self.defaultAnswer(to: question) ?? "")
        }
    }

    private mutating func takeDefault(_ question: SetupQuestion, _ text: String) {
        do throws(SetupRefusal) {
            try self.answer(question, text)
        } catch {
            preconditionFailure("a default is a good answer: \(error)")
        }
    }

    private func isRelevant(_ question: SetupQuestion) -> Bool {
        switch question {
        case .certificate, .key: self.answers.encryption == .certificate
        case .player: self.answers.access == .tickets
        case .host, .encryption, .access, .adminToken, .origin, .room: true
        }
    }
}
