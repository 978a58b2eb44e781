import ArgumentParser
import Foundation
import RelayServer

/// Asks for the answers that are missing. Questions go to standard error, so that the output is the report alone.
enum SetupDialogue {
    /// Questions with every answer, or exit code 64 and all that is missing.
    static func complete(_ known: SetupQuestions, takesDefaults: Bool) throws -> SetupQuestions {
        var questions = known
        if takesDefaults { questions.takeDefaults() }
        if isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 {
            try self.ask(&questions)
        } else {
            questions.takeMinorDefaults()
        }
        guard questions.missing.isEmpty else { throw ValidationError(self.complaint(questions.missing)) }
        guard questions.idle.isEmpty else {
            throw ValidationError(
                "Nothing comes of \(questions.idle.map(\.options).joined(separator: " and ")), as the others are")
        }
        return questions
    }

    private static func complaint(_ missing: [SetupQuestion]) -> String {
        let lines = missing.map { "    \($0.options): \($0.text)" }
        return "Without a terminal to ask in, this has to be said:\n\(lines.joined(separator: "\n"))\nOr --host NAME --yes."
    }

    private static func ask(_ questions: inout SetupQuestions) throws {
        while let question = questions.next {
            let standard = questions.defaultAnswer(to: question)
            Console.complain("\n\(question.reason)")
            Console.write("\(question.text)\(standard.map { " [\($0)]" } ?? ""): ", to: STDERR_FILENO)
            guard let line = readLine() else { throw ValidationError("The answers ended too early; nothing was written.") }
            let text = line.trimmingCharacters(in: .whitespaces)
            do throws(SetupRefusal) {
                try questions.answer(question, text.isEmpty ? standard ?? "" : text)
            } catch {
                Console.complain("Not taken: \(error).")
            }
        }
    }
}
