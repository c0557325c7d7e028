//! The text that says where each file of data is from.

use crate::TaskResult;

/// How the line starts that names a file's version.
const VERSION_LINE: &str = "- Commit: ";

/// The text with the line about the version of one file changed; the file's name starts the heading of its section.
pub(crate) fn with_version(readme: &str, file: &str, commit: &str, date: &str) -> TaskResult<String> {
    let heading = format!("## {file}\n");
    let missing = || format!("the text has no section {file} with a line that starts with {VERSION_LINE:?}");
    // From the end of the heading's line on, so that a heading right after it is seen.
    let section = readme.find(&heading).ok_or_else(missing)? + heading.len() - 1;
    let (before, section) = readme.split_at(section);
    let end = section.find("\n## ").unwrap_or(section.len());
    let line = section[..end].find(VERSION_LINE).ok_or_else(missing)?;
    let (start, from_line) = section.split_at(line);
    let after = from_line.split_once('\n').map_or("", |(_, after)| after);
    Ok(format!(
        "{before}{start}{VERSION_LINE}`{commit}` of {date}\n{after}"
    ))
}

/// Reads a commit's id.
pub(crate) fn commit(text: &str) -> Result<String, String> {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if text.len() == 40 && text.chars().all(is_hex) {
        Ok(text.to_owned())
    } else {
        Err("not 40 lower-case hex digits".into())
    }
}

/// Reads a date.
pub(crate) fn date(text: &str) -> Result<String, String> {
    let fits = |(c, form): (char, char)| if form == '-' { c == '-' } else { c.is_ascii_digit() };
    let is_date = text.len() == 10 && text.chars().zip("0000-00-00".chars()).all(fits);
    if is_date {
        Ok(text.to_owned())
    } else {
        Err("not a date such as 2026-02-26".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_line_of_one_section_is_replaced() {
        let readme = "# Data\n## a\n- Commit: `old` of 2020-01-01\nx\n## b\n- Commit: `old` of 2020-01-01\n";
        assert_eq!(
            with_version(readme, "b", "new", "2026-02-26").unwrap(),
            "# Data\n## a\n- Commit: `old` of 2020-01-01\nx\n## b\n- Commit: `new` of 2026-02-26\n"
        );
        assert_eq!(
            with_version(readme, "a", "new", "2026-02-26").unwrap(),
            "# Data\n## a\n- Commit: `new` of 2026-02-26\nx\n## b\n- Commit: `old` of 2020-01-01\n"
        );
        assert!(with_version(readme, "c", "new", "2026-02-26").is_err());
        assert!(with_version("## a\n## b\n- Commit: x\n", "a", "new", "2026-02-26").is_err());
    }

    #[test]
    fn versions_are_a_commit_and_a_date() {
        assert!(commit("0637e27abef588368a29bb041b6e1e9af2e81f90").is_ok());
        assert!(commit("0637e27").is_err());
        assert!(commit(&"G".repeat(40)).is_err());
        assert!(date("2026-02-26").is_ok());
        assert!(date("26.02.2026").is_err());
        assert!(date("2026-02-2é").is_err());
    }
}
