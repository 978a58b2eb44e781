import Foundation
import RelayServer

/// Whose relay reads the files: a group, and the user of the same name.
struct RelayAccount {
    private struct User {
        var name: String
        var identifier: uid_t
        var group: gid_t
    }

    private let group: String
    /// Nil if there is no such group, or we must not give it files.
    let groupIdentifier: gid_t?
    private let hasGroup: Bool
    /// Nil unless we can become it.
    private let user: User?

    init(group: String) {
        let identifier = getgrnam(group)?.pointee.gr_gid
        self.group = group
        self.hasGroup = identifier != nil
        self.groupIdentifier = identifier.flatMap { geteuid() == 0 || Self.memberships.contains($0) ? $0 : nil }
        let account = geteuid() == 0 ? getpwnam(group)?.pointee : nil
        self.user = account.map { User(name: group, identifier: $0.pw_uid, group: $0.pw_gid) }
    }

    /// What to know about a group that gets nothing.
    var notes: [String] {
        if self.groupIdentifier != nil { return [] }
        if self.hasGroup {
            return ["Only root, or who is in the group \(self.group), gives it files: they are of your own group."]
        }
        let files = "There is no group \(self.group): a relay of another user than this one cannot read the keys and the token"
        return ["\(files). The package makes the group; another one is named by --group."]
    }

    func place(of directory: String) -> SetupPlan.Place {
        let units = ["/lib/systemd/system", "/usr/lib/systemd/system", "/etc/systemd/system"]
        let hasUnit = units.contains { access("\($0)/tickrelay.service", F_OK) == 0 }
        let owner = geteuid() == 0 ? nil : getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
        return SetupPlan.Place(
            isPackaged: hasUnit && directory == "/etc/tickrelay", group: self.groupIdentifier == nil ? nil : self.group,
            owner: owner)
    }

    /// Does something with the rights of the relay's user, if we can become it; else with ours. They hold for every thread, so
    /// nothing else may run meanwhile.
    ///
    /// - Returns: What it returned, and what to know where our own rights judged in place of the user's.
    func perform<Result>(_ body: () async -> Result) async -> (Result, note: String?) {
        let own = "Settings and files were judged with root's rights, not with those of the relay's user"
        guard let user = self.user else {
            let note = geteuid() == 0 && self.hasGroup ? "\(own): there is no user \(self.group)." : nil
            return (await body(), note)
        }
        let (groups, group) = (Self.memberships, getegid())
        // In a container root may lack the right to do so.
        let isUser = initgroups(user.name, user.group) == 0 && setegid(user.group) == 0 && seteuid(user.identifier) == 0
        let result = await body()
        let isBack = seteuid(0) == 0 && setegid(group) == 0 && setgroups(groups.count, groups) == 0
        precondition(isBack, "root stays root, or nothing more is done")
        return (result, isUser ? nil : "\(own): \(user.name) could not be had.")
    }

    private static var memberships: [gid_t] {
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = getgroups(Int32(groups.count), &groups)
        return Array(groups.prefix(max(Int(count), 0)))
    }
}
