//! The `[[site]]` tables.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use arcjet_engine::Rule;
use arcjet_engine::decider::protocol::SiteRules;

use super::document::Document;
use super::fault::Fault;
use super::key;
use super::section::Section;
use crate::auth::KeyHash;
use crate::rules_file::{self, RulesFile};
use crate::sites::SiteConfig;

/// The sites of a file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Sites {
    /// The sites, in the order of the file.
    pub configs: Vec<SiteConfig>,
    /// The files that they name, whether they could be read or not.
    pub files: Vec<PathBuf>,
}

/// What reading needs besides the text.
struct Surroundings<'a> {
    /// What paths in the file are relative to.
    directory: &'a Path,
    /// The variables of the environment.
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Sites {
    /// Reads the sites of a file. Paths in it are relative to `directory`; `variable` looks up the environment.
    pub fn read(
        document: &Document<'_>,
        directory: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let surroundings = Surroundings { directory, variable };
        let mut sites = Self::default();
        let Some(value) = document.table.get("site") else {
            return sites;
        };
        let Some(list) = value.get_ref().as_array() else {
            let place = document.lines.place(value.span().start);
            let problem = format!("a value of type {}", value.get_ref().type_str());
            faults.push(Fault::new(place, "site", problem, "[[site]] tables"));
            return sites;
        };
        let mut known = Known::default();
        for (index, element) in list.iter().enumerate() {
            let path = format!("site[{index}]");
            match Section::open(&document.lines, element, path) {
                Ok(section) => sites.site(document, section, &surroundings, &mut known, faults),
                Err(fault) => faults.push(fault),
            }
        }
        sites
    }

    fn site(
        &mut self,
        document: &Document<'_>,
        mut section: Section<'_, '_>,
        surroundings: &Surroundings<'_>,
        known: &mut Known,
        faults: &mut Vec<Fault>,
    ) {
        let mut site = SiteConfig::new(name(&mut section, known));
        let mut inside = Vec::new();
        let mut has_keys = false;
        if let Some(list) = section.list("keys", "a list of { hash = \"sha256:…\" }") {
            has_keys |= !list.is_empty();
            for (place, element) in list.iter().enumerate() {
                let path = section.path_of(&format!("keys[{place}]"));
                let Some((hash, expires)) = key::hashed(&document.lines, element, &path, &mut inside) else {
                    continue;
                };
                if let Some(first) = known.key(hash, &path) {
                    let place = document.lines.place(element.span().start);
                    let problem = format!("the same key as {first}");
                    inside.push(Fault::new(place, path, problem, "each key once, for one site"));
                }
                site = match expires {
                    Some(expires) => site.key_until(hash, expires),
                    None => site.key(hash),
                };
            }
        }
        for source in ["key_file", "key_env"] {
            let Some(text) = section.text(source) else {
                continue;
            };
            has_keys = true;
            let keys = if source == "key_file" {
                let path = surroundings.directory.join(text);
                self.files.push(path.clone());
                key::in_file(&path)
            } else {
                match (surroundings.variable)(text) {
                    Some(keys) => key::in_variable(&keys),
                    None => Err(format!("the variable {text} is not set")),
                }
            };
            match keys {
                Ok(keys) => {
                    for hash in keys {
                        let path = section.path_of(source);
                        if let Some(first) = known.key(hash, &path) {
                            section.fault(
                                source,
                                format!("the same key as {first}"),
                                "each key once, for one site",
                            );
                        }
                        site = site.key(hash);
                    }
                }
                Err(problem) => section.fault(source, problem, key::plain_keys()),
            }
        }
        site = site.rules(self.rules(document, &mut section, surroundings, &mut inside));
        if !has_keys {
            let accepted = "keys = [{ hash = \"sha256:…\" }], key_file or key_env";
            section.fault("keys", "no key opens the site", accepted);
        }
        faults.append(&mut inside);
        faults.append(&mut section.close());
        self.configs.push(site);
    }
}

impl Sites {
    /// The rules of a site: those of the file that it names, then its own tables.
    fn rules(
        &mut self,
        document: &Document<'_>,
        section: &mut Section<'_, '_>,
        surroundings: &Surroundings<'_>,
        faults: &mut Vec<Fault>,
    ) -> Vec<Rule> {
        let mut rules = Vec::new();
        if let Some(text) = section.text("rules_file") {
            let path = surroundings.directory.join(text);
            self.files.push(path.clone());
            match fs::read_to_string(&path) {
                Ok(text) => {
                    let name = path.display().to_string();
                    let read = RulesFile::parse(&text);
                    rules.extend(accepted(read, &name, "", &|_| name.clone(), faults));
                }
                Err(error) => {
                    let problem = format!("cannot read {}: {error}", path.display());
                    section.fault("rules_file", problem, "a file with [[rule]] tables");
                }
            }
        }
        let path = section.path_of("");
        let table = section.table(&["rule", "characteristics"]);
        if table.contains_key("rule") {
            let read = RulesFile::inside(document.text, table);
            let tables = table.get("rule").and_then(|value| value.get_ref().as_array());
            let place = |origin: usize| {
                let at = tables
                    .and_then(|tables| tables.get(origin))
                    .map_or(0, |table| table.span().start);
                document.lines.place(at)
            };
            rules.extend(accepted(read, &document.name, &path, &place, faults));
        }
        if rules.len() > SiteRules::MOST {
            let problem = format!("{} rules", rules.len());
            section.fault("rule", problem, format!("at most {} for a site", SiteRules::MOST));
        }
        rules
    }
}

/// The rules that were read, if they can be a site's. `prefix` is the path of the table that they stand in; `place_of` says
/// where the table with a number stands.
fn accepted(
    read: Result<RulesFile, rules_file::Faults>,
    name: &str,
    prefix: &str,
    place_of: &dyn Fn(usize) -> String,
    faults: &mut Vec<Fault>,
) -> Vec<Rule> {
    match read {
        Ok(file) => {
            for (rule, origin) in file.rules().iter().zip(file.origins()) {
                if !SiteRules::accepts(rule.kind()) {
                    let problem = format!("{} can't be a rule of a site", rule.kind());
                    let field = format!("{prefix}rule[{origin}].type");
                    faults.push(Fault::new(place_of(*origin), field, problem, SiteRules::KINDS));
                }
            }
            let characteristics = file.characteristics();
            let rules = file.rules().into_iter();
            rules
                .map(|rule| rule.or_characteristics(characteristics))
                .collect()
        }
        Err(found) => {
            let found = found.iter().map(|fault| {
                let field = format!("{prefix}{}", fault.field);
                Fault::new(
                    format!("{name}:{}", fault.line),
                    field,
                    &fault.problem,
                    &fault.accepted,
                )
            });
            faults.extend(found);
            Vec::new()
        }
    }
}

/// The name of a site. What is no name is noted.
fn name(section: &mut Section<'_, '_>, known: &mut Known) -> String {
    let present = section.value("name").is_some();
    let Some(name) = section.text("name") else {
        if !present {
            section.fault("name", "missing", SiteConfig::NAMES);
        }
        return String::new();
    };
    if !SiteConfig::is_name(name) {
        section.fault("name", format!("{name:?}"), SiteConfig::NAMES);
    }
    let path = section.path_of("name");
    if let Some(first) = known.names.get(name) {
        section.fault(
            "name",
            format!("{name:?} is also {first}"),
            "a name for each site",
        );
    } else {
        known.names.insert(name.to_owned(), path);
    }
    name.to_owned()
}

/// What may occur once in a file, with the field in which it first did.
#[derive(Default)]
struct Known {
    names: HashMap<String, String>,
    keys: HashMap<KeyHash, String>,
}

impl Known {
    /// The field that has the key already.
    fn key(&mut self, hash: KeyHash, path: &str) -> Option<String> {
        let known = self.keys.insert(hash, path.to_owned())?;
        (known != path).then_some(known)
    }
}
