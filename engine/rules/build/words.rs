//! The words that are looked for in any case: our own and those of the public lists.
//!
//! Our own are in a text file. A line with a word in brackets says what the words after it mean. Of a word, `^` is the start of the user
//! agent, `<` and `>` at its ends say that no letter may follow there, `_` is a space; `-xyz` after it means: unless `xyz` stands before it.

use crate::public::Public;
use std::collections::BTreeSet;

/// A word and when it counts.
pub(crate) struct Word {
    /// In lower case.
    pub(crate) bytes: Vec<u8>,
    /// Only at the start of the user agent.
    pub(crate) at_start: bool,
    /// Only at the end of the user agent.
    pub(crate) at_end: bool,
    /// Only if no letter stands before it.
    pub(crate) left: bool,
    /// Only if no letter stands after it.
    pub(crate) right: bool,
    /// Not if one of these stands before it.
    pub(crate) not_after: Vec<Vec<u8>>,
    /// What it means, a variant of `Meaning`.
    pub(crate) meaning: String,
}

/// What the words of our own may mean, besides the sections whose signal names the word.
const MEANINGS: [(&str, &str); 15] = [
    ("url", "Signal(\"url-in-user-agent\")"),
    ("email", "Signal(\"email-in-user-agent\")"),
    ("placeholder", "Signal(\"placeholder\")"),
    ("mozilla", "Fact(Fact::Mozilla)"),
    ("engine", "Fact(Fact::Engine)"),
    ("khtml", "Fact(Fact::Khtml)"),
    ("gecko", "Fact(Fact::LikeGecko)"),
    ("chrome", "Fact(Fact::Chrome)"),
    ("firefox", "Fact(Fact::Firefox)"),
    ("msie", "Fact(Fact::Msie)"),
    ("windows", "Fact(Fact::WindowsNt)"),
    ("desktop", "Fact(Fact::Desktop)"),
    ("client", "Fact(Fact::Client)"),
    ("compatible", "Fact(Fact::Compatible)"),
    ("compatible-browser", "Fact(Fact::CompatibleBrowser)"),
];

/// Our own words and, unless they say the same, those of the lists.
pub(crate) fn parse(text: &str, public: &Public) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut section = None;
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = Some(name);
        } else {
            let section = section.ok_or_else(|| format!("{line:?} stands before the first section"))?;
            words.push(word(line, section)?);
        }
    }
    let own: BTreeSet<Vec<u8>> = words.iter().map(|word| word.bytes.clone()).collect();
    let robots = public.robots.iter().map(|name| Word {
        bytes: name.clone().into_bytes(),
        at_start: false,
        at_end: false,
        left: true,
        right: true,
        not_after: Vec::new(),
        meaning: "Signal(\"list:ai.robots.txt\")".into(),
    });
    let isbot = public.isbot.iter().map(|fragment| Word {
        bytes: fragment.bytes.clone(),
        at_start: fragment.at_start,
        at_end: fragment.at_end,
        left: fragment.left,
        right: fragment.right,
        not_after: Vec::new(),
        meaning: "Signal(\"list:isbot\")".into(),
    });
    words.extend(robots.chain(isbot).filter(|word| !own.contains(&word.bytes)));
    Ok(words)
}

fn word(line: &str, section: &str) -> Result<Word, String> {
    let mut parts = line.split(' ');
    let text = parts.next().unwrap_or_default();
    let (at_start, text) = strip(text.strip_prefix('^'), text);
    let (left, text) = strip(text.strip_prefix('<'), text);
    let (right, text) = strip(text.strip_suffix('>'), text);
    let not_after = parts
        .map(|part| {
            part.strip_prefix('-')
                .filter(|before| !before.is_empty())
                .map(|before| before.replace('_', " ").into_bytes())
                .ok_or_else(|| format!("{part:?} in {line:?} doesn't start with a hyphen"))
        })
        .collect::<Result<_, _>>()?;
    let bytes = text.replace('_', " ").into_bytes();
    if bytes.to_ascii_lowercase() != bytes {
        return Err(format!("{line:?} is not in lower case"));
    }
    let meaning = if let "token" | "library" | "automation" = section {
        format!("Signal({:?})", format!("{section}:{}", text.replace('_', " ")))
    } else {
        let known = MEANINGS.iter().find(|(name, _)| *name == section);
        let (_, meaning) = known.ok_or_else(|| format!("no section is called {section:?}"))?;
        (*meaning).to_owned()
    };
    Ok(Word {
        bytes,
        at_start,
        at_end: false,
        left,
        right,
        not_after,
        meaning,
    })
}

fn strip<'a>(stripped: Option<&'a str>, text: &'a str) -> (bool, &'a str) {
    match stripped {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}
