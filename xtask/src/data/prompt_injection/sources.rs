//! Reads the sets that the model is trained with, as `engine/rules/prompt-injection/sources.toml` describes them.

use crate::TaskResult;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

/// A message and what it is.
pub(super) struct Message {
    pub(super) text: String,
    pub(super) is_injection: bool,
}

/// What comes from one source; sources stay together when the model is tested on what it has not seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) name: String,
    /// Where it is from, for people.
    #[expect(dead_code, reason = "for people, and required")]
    origin: String,
    #[expect(dead_code, reason = "for people, and required")]
    licence: String,
    /// The names of sources that hold the same messages in part.
    #[serde(default)]
    pub(super) like: Vec<String>,
    /// Whether it only tests the model.
    #[serde(default)]
    pub(super) held_out: bool,
    take: Vec<Take>,
    #[serde(skip)]
    pub(super) messages: Vec<Message>,
}

/// Which messages are taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Take {
    /// Files, or folders whose files are all taken; relative to the folder of the sets.
    paths: Vec<PathBuf>,
    form: Form,
    /// The name of the field or column that holds the message; of JSON without it, all strings are messages.
    field: Option<String>,
    /// Fields or columns that have to have one of these values.
    #[serde(default, rename = "where")]
    conditions: BTreeMap<String, Vec<String>>,
    /// Messages that start like this, or everything else, are left out.
    not_start: Option<String>,
    only_start: Option<String>,
    injection: bool,
    /// How many messages are taken, evenly spread.
    at_most: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    /// JSON, one value or one for each line: the field of objects at any depth.
    Json,
    /// Comma-separated values with a head.
    Csv,
    /// A message for each line that is no comment.
    Lines,
    /// The block of `value:` of a YAML file.
    Yaml,
    /// What the person says first in a chat of `Human:` and `Assistant:`, in a field of JSON.
    Chat,
    /// A file is a message.
    Whole,
}

/// Where sets have a place for the actual request, in the spellings that there are.
const PLACES: [&str; 11] = [
    "{% raw %}",
    "{% endraw %}",
    "<INSTRUCTION>",
    "[INSERT PROMPT HERE]",
    "[INSERT PROMPT]",
    "[PROMPT]",
    "{{ prompt }}",
    "{{prompt}}",
    "{prompt}",
    "<PLACEHOLDER>",
    "{query}",
];
/// Shorter messages say nothing, longer ones are cut, in bytes.
const LENGTHS: std::ops::Range<usize> = 6..12_000;

/// Reads the manifest and the messages of all its sources, without those that came up before.
pub(super) fn read(manifest: &Path, own: &Path, sets: &Path) -> TaskResult<Vec<Source>> {
    #[derive(Deserialize)]
    struct Manifest {
        source: Vec<Source>,
    }
    let text = fs::read_to_string(manifest)?;
    let mut sources = toml::from_str::<Manifest>(&text)?.source;
    let mut seen = HashSet::new();
    for source in &mut sources {
        for take in &source.take {
            let mut texts = Vec::new();
            for path in &take.paths {
                // Our own sentences are kept next to the manifest.
                let base = if source.name == "own" { own } else { sets };
                collect(&base.join(path), take, &mut texts)?;
            }
            texts.retain_mut(|text| is_taken(take, text) && seen.insert(text.clone()));
            let step = take.at_most.map_or(1, |most| texts.len().div_ceil(most).max(1));
            let is_injection = take.injection;
            let spread = texts.into_iter().step_by(step);
            source
                .messages
                .extend(spread.map(|text| Message { text, is_injection }));
        }
        if source.messages.is_empty() {
            return Err(format!("source {}: no messages found", source.name).into());
        }
    }
    Ok(sources)
}

fn collect(path: &Path, take: &Take, texts: &mut Vec<String>) -> TaskResult {
    if path.is_dir() {
        let mut files = fs::read_dir(path)?
            .map(|entry| Ok(entry?.path()))
            .collect::<TaskResult<Vec<_>>>()?;
        files.sort();
        return files.iter().try_for_each(|file| collect(file, take, texts));
    }
    let text = fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let fault = |e: serde_json::Error| format!("{}: {e}", path.display());
    match take.form {
        Form::Json | Form::Chat => {
            for value in serde_json::Deserializer::from_str(&text).into_iter() {
                strings(&value.map_err(fault)?, take, texts);
            }
        }
        Form::Csv => columns(&text, take, texts),
        Form::Lines => {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            texts.extend(lines.map(str::to_owned));
        }
        Form::Yaml => {
            if let Some((_, block)) = text.split_once("\nvalue:") {
                // A block starts on the next line, a string on this one.
                let block = block.trim_start_matches([' ', '|', '>', '-', '\'', '"']);
                let lines = block.lines().map(str::trim_start);
                texts.push(lines.collect::<Vec<_>>().join("\n"));
            }
        }
        Form::Whole => texts.push(text),
    }
    Ok(())
}

/// The messages of a JSON value.
fn strings(value: &Value, take: &Take, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if take.field.is_none() => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, take, texts)),
        Value::Object(fields) => {
            let fits = |(field, values): (&String, &Vec<String>)| match fields.get(field) {
                Some(Value::String(own)) => values.contains(own),
                Some(own) => values.contains(&own.to_string()),
                None => false,
            };
            let Some(name) = &take.field else {
                return fields.values().for_each(|value| strings(value, take, texts));
            };
            match fields.get(name) {
                Some(_) if !take.conditions.iter().all(fits) => {}
                Some(Value::String(text)) if matches!(take.form, Form::Chat) => {
                    let said = text.split("\n\nHuman: ").nth(1).unwrap_or_default();
                    texts.push(said.split("\n\nAssistant:").next().unwrap_or_default().to_owned());
                }
                Some(Value::String(text)) => texts.push(text.clone()),
                Some(Value::Array(parts)) => {
                    texts.extend(parts.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => fields.values().for_each(|value| strings(value, take, texts)),
            }
        }
        _ => {}
    }
}

/// The messages of comma-separated values, as RFC 4180 has them.
fn columns(text: &str, take: &Take, texts: &mut Vec<String>) {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) else {
            return;
        };
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => rows
                .last_mut()
                .into_iter()
                .for_each(|row| row.push(String::new())),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            other => cell.push(other),
        }
    }
    let mut rows = rows.into_iter();
    let head = rows.next().unwrap_or_default();
    let place = |name: &String| head.iter().position(|own| own == name);
    for row in rows {
        let fits = |(name, values): (&String, &Vec<String>)| {
            place(name)
                .and_then(|column| row.get(column))
                .is_some_and(|own| values.contains(own))
        };
        let column = take.field.as_ref().and_then(place);
        if take.conditions.iter().all(fits) {
            texts.extend(column.and_then(|column| row.get(column)).cloned());
        }
    }
}

/// Whether the message is taken; removes what stands for the actual request.
fn is_taken(take: &Take, text: &mut String) -> bool {
    for place in PLACES {
        if text.contains(place) {
            *text = text.replace(place, "");
        }
    }
    if text.len() >= LENGTHS.end {
        text.truncate(text.floor_char_boundary(LENGTHS.end));
    }
    text.trim().len() >= LENGTHS.start
        && take
            .not_start
            .as_ref()
            .is_none_or(|start| !text.starts_with(start))
        && take
            .only_start
            .as_ref()
            .is_none_or(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(form: Form, rest: &str) -> Take {
        let mut take: Take =
            toml::from_str(&format!("paths = []\nform = \"json\"\ninjection = true\n{rest}")).unwrap();
        take.form = form;
        take
    }

    fn of_json(text: &str, take: &Take) -> Vec<String> {
        let mut texts = Vec::new();
        strings(&serde_json::from_str(text).unwrap(), take, &mut texts);
        texts
    }

    #[test]
    fn the_manifest_is_read() {
        #[derive(Deserialize)]
        struct Manifest {
            source: Vec<Source>,
        }
        let manifest = include_str!("../../../../engine/rules/prompt-injection/sources.toml");
        let sources = toml::from_str::<Manifest>(manifest).unwrap().source;
        let names: HashSet<_> = sources.iter().map(|source| &source.name).collect();
        assert_eq!(names.len(), sources.len());
        assert!(
            sources
                .iter()
                .flat_map(|source| &source.like)
                .all(|name| names.contains(name))
        );
        assert!(sources.iter().any(|source| source.held_out));
    }

    #[test]
    fn messages_of_json() {
        let text =
            r#"{"rows": [{"text": "one", "label": 1}, {"text": "two", "label": "0"}, {"text": ["three"]}]}"#;
        assert_eq!(
            of_json(text, &take(Form::Json, "field = \"text\"")),
            ["one", "two", "three"]
        );
        let where_one = take(Form::Json, "field = \"text\"\nwhere = { label = [\"1\"] }");
        assert_eq!(of_json(text, &where_one), ["one"]);
        assert_eq!(
            of_json(r#"{"a": ["b", {"c": "d"}], "e": 1}"#, &take(Form::Json, "")),
            ["b", "d"]
        );
        let chat = r#"{"chosen": "\n\nHuman: hello\n\nAssistant: hi\n\nHuman: bye"}"#;
        assert_eq!(of_json(chat, &take(Form::Chat, "field = \"chosen\"")), ["hello"]);
    }

    #[test]
    fn messages_of_comma_separated_values() {
        let text = "text,label\r\n\"a \"\"b\"\", c\nd\",1\r\ne,0\r\n";
        let mut texts = Vec::new();
        columns(
            text,
            &take(Form::Csv, "field = \"text\"\nwhere = { label = [\"1\"] }"),
            &mut texts,
        );
        assert_eq!(texts, ["a \"b\", c\nd"]);
    }

    #[test]
    fn places_for_requests_are_removed_and_lengths_bounded() {
        let all = take(Form::Lines, "not_start = \"I want\"");
        let mut text = "do [INSERT PROMPT HERE] now".to_owned();
        assert!(is_taken(&all, &mut text));
        assert_eq!(text, "do  now");
        assert!(!is_taken(&all, &mut "I want it".to_owned()));
        assert!(!is_taken(&all, &mut "hm".to_owned()));
        let mut long = "é".repeat(LENGTHS.end);
        assert!(is_taken(&all, &mut long) && long.len() <= LENGTHS.end);
    }
}
