//! Commands for a shell that somebody left behind, or for a page that runs what it is told: the name of the parameter or header says that a
//! command follows, and one does. Without such a name `id` and `echo hello` are words like others.

use super::finding::{Category, Finding};

/// Names that web shells and pages for diagnosis give to the command, in any case of letters.
const NAMES: [&[u8]; 7] = [
    b"cmd", b"x-cmd", b"command", b"cmdline", b"exec", b"execute", b"testcmd",
];

/// Commands that need no argument and mean nothing else.
const ALONE: [&[u8]; 9] = [
    b"id",
    b"whoami",
    b"ipconfig",
    b"ifconfig",
    b"systeminfo",
    b"uname",
    b"netstat",
    b"tasklist",
    b"printenv",
];

/// Commands that applications have, too, unless something follows.
const WITH_ARGUMENT: [&[u8]; 21] = [
    b"bash",
    b"cat",
    b"certutil",
    b"chmod",
    b"curl",
    b"dir",
    b"echo",
    b"expr",
    b"ls",
    b"net",
    b"nslookup",
    b"perl",
    b"ping",
    b"powershell",
    b"ps",
    b"python",
    b"python3",
    b"sh",
    b"touch",
    b"type",
    b"wget",
];

/// Whether a parameter is one of those whose value is worth a look.
pub(super) fn is_name(name: &[u8]) -> bool {
    matches!(name.len(), 3..=7) && is_one_of(name, &NAMES)
}

/// Detects a command in the decoded value of such a parameter.
pub(super) fn detect(value: &[u8]) -> Option<Finding> {
    let value = value.trim_ascii();
    // Some shells look for a mark before they run the rest.
    let marked = value.iter().position(|byte| *byte != b'@')?;
    let value = &value[marked..];
    let end = value
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(value.len());
    let (program, argument) = value.split_at(end);
    let name = match program.iter().rposition(|byte| matches!(byte, b'/' | b'\\')) {
        Some(slash) => &program[slash + 1..],
        None => program,
    };
    let name = match name.len().checked_sub(4).map(|at| name.split_at(at)) {
        Some((stem, end)) if end.eq_ignore_ascii_case(b".exe") => stem,
        _ => name,
    };
    let is_command = is_one_of(name, &ALONE) || !argument.is_empty() && is_one_of(name, &WITH_ARGUMENT);
    is_command.then_some(Finding {
        detector: "rce.command-parameter",
        category: Category::Rce,
        score: 5,
    })
}

fn is_one_of(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::{detect, is_name};

    #[test]
    fn commands_are_told_from_words() {
        for command in [
            "id",
            " WHOAMI ",
            "dir c:",
            "echo abc",
            "@@@@@echo abc",
            "/bin/cat x",
            r"c:\windows\system32\net.exe user",
            "ipconfig.exe",
            "type 1868973 + 2634124",
        ] {
            assert!(detect(command.as_bytes()).is_some(), "{command}");
        }
        for word in [
            "",
            "@",
            "ls",
            "dir",
            "ping",
            "echo",
            "open",
            "idle",
            "identify x",
            ".exe",
            "save id",
        ] {
            assert_eq!(detect(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn names_are_whole() {
        assert!(is_name(b"cmd") && is_name(b"CmdLine") && is_name(b"X-Cmd"));
        assert!(!is_name(b"cmds") && !is_name(b"my-command") && !is_name(b""));
    }
}
