/// Rows under titles, for people: columns are as wide as their widest cell, two spaces apart.
///
/// Cells are made harmless here, so that nobody who fills a table can forget it. Widths count characters.
package struct TextTable: Sendable {
    /// One column.
    package enum Column: Sendable {
        /// For words.
        case left(String)
        /// For numbers, so that their digits stand below each other.
        case right(String)

        fileprivate var title: String {
            switch self {
            case .left(let title), .right(let title): title
            }
        }

        fileprivate func pad(_ cell: String, to width: Int) -> String {
            let spaces = String(repeating: " ", count: max(0, width - cell.count))
            switch self {
            case .left: return cell + spaces
            case .right: return spaces + cell
            }
        }
    }

    private let columns: [Column]
    private var cells: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter row: A cell for each column.
    package mutating func add(_ row: [String]) {
        precondition(row.count == self.columns.count)
        self.cells.append(row.map(\.forTerminal))
    }

    /// The titles, and a line for each row.
    package var lines: [String] {
        let rows = [self.columns.map(\.title)] + self.cells
        let widths = self.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { self.line($0, widths) }
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        let parts = self.columns.indices.map { self.columns[$0].pad(row[$0], to: widths[$0]) }
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
