//! The page: sections between marks, and text around them that is left alone.

/// A page without sections.
pub(crate) const EMPTY: &str = "# Benchmarks\n";

/// Puts `content` between the marks of a section; a page without the marks gets them at its end.
pub(crate) fn replace(page: &str, section: &str, content: &str) -> String {
    let begin = format!("<!-- {section}: written by cargo xtask bench -->\n");
    let end = format!("<!-- end of {section} -->\n");
    let content = content.trim_end();
    let found = page
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = match found {
        Some((before, after)) => (before.to_owned(), after),
        None => (format!("{}\n\n## {section}\n\n", page.trim_end()), ""),
    };
    format!("{before}{begin}{content}\n{end}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = replace(&replace(EMPTY, "a", "1"), "b", "2\n\n");
        let page = page.replace("# Benchmarks\n", "# Benchmarks\n\nBy hand.\n") + "The end.\n";
        let page = replace(&page, "a", "3");
        assert_eq!(
            page,
            "# Benchmarks\n\nBy hand.\n\n## a\n\n<!-- a: written by cargo xtask bench -->\n3\n<!-- end of a -->\n\n\
             ## b\n\n<!-- b: written by cargo xtask bench -->\n2\n<!-- end of b -->\nThe end.\n"
        );
    }
}
