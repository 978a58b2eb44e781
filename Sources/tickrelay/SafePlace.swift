import Glibc

/// Refuses directories in which another user could put something else under our feet while we write there, perhaps as root.
enum SafePlace {
    /// Looks at a directory and all above it.
    ///
    /// - Parameter path: Absolute, without links, `.` and `..`.
    static func check(_ path: String) throws(SetupFailure) {
        var prefix = ""
        try self.checkOne("/")
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            try self.checkOne(prefix)
        }
    }

    private static func checkOne(_ path: String) throws(SetupFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .unwritable(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unwritable(path: path, reason: "it is no directory") }
        let isOurs = status.st_uid == 0 || status.st_uid == geteuid()
        let othersWrite = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        // In a sticky one nobody renames what is another's.
        guard isOurs, !othersWrite || status.st_mode & S_ISVTX != 0 else {
            throw .unwritable(
                path: path, reason: "other users may change it: choose a directory that is root's or this user's alone")
        }
    }

    /// Whether there is anything of this name, a link that leads nowhere included.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The path without `.`, `..`, doubled slashes and links, as far as it exists. What does not exist keeps its last name.
    static func resolved(_ path: String) -> String {
        func real(_ path: String) -> String? {
            guard let found = realpath(path, nil) else { return nil }
            defer { free(found) }
            return String(cString: found)
        }
        if let whole = real(path) { return whole }
        let parts = path.split(separator: "/")
        guard let last = parts.last, last != ".", last != "..", let parent = real("/" + parts.dropLast().joined(separator: "/"))
        else {
            return path
        }
        return parent == "/" ? "/\(last)" : "\(parent)/\(last)"
    }
}
