//! `cargo xtask data prompt-injection`: trains the model of the prompt injection rule.

mod sources;
mod store;
mod train;

use crate::{TaskResult, repository};
use arcjet_rules::prompt_injection::{DEFAULT_THRESHOLD, training};
use clap::Args;
use sources::Source;
use std::{fs, path::PathBuf};
use store::Scale;
use train::{Example, Weights, train};

const FOLDER: &str = "engine/rules/prompt-injection";

/// Train the model of the prompt injection rule
///
/// Fetches nothing: `engine/rules/prompt-injection/sources.toml` says which sets belong into the folder of the sets, and where they are
/// from. First each source is scored by a model that was trained without it, and a table is printed; then the model that is trained
/// with all of them is written. Use `--release`. Afterwards run `cargo xtask rules`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder with the sets
    #[arg(long, value_name = "FOLDER")]
    sets: PathBuf,
}

/// A source, ready to train with.
struct Set {
    source: Source,
    examples: Vec<Example>,
}

impl Set {
    /// Large sources count for more, but not in proportion.
    fn new(source: Source) -> Self {
        let weight = 2.0 / (source.messages.len() as f32).powf(0.25);
        let examples = source
            .messages
            .iter()
            .map(|message| Example::new(message, weight));
        Self {
            examples: examples.collect(),
            source,
        }
    }

    fn is_apart_from(&self, other: &Self) -> bool {
        let named = |one: &Self, other: &Self| one.source.like.contains(&other.source.name);
        self.source.name != other.source.name && !named(self, other) && !named(other, self)
    }
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let folder = repository::root().join(FOLDER);
    let sources = sources::read(&folder.join("sources.toml"), &folder, &arguments.sets)?;
    let sets: Vec<Set> = sources.into_iter().map(Set::new).collect();
    let (trained, held_out): (Vec<&Set>, Vec<&Set>) = sets.iter().partition(|set| !set.source.held_out);
    let unseen = |set: &&Set| -> Vec<f32> {
        let others = trained.iter().filter(|other| other.is_apart_from(set));
        strongest(&weights(others.copied()), set)
    };
    let odds: Vec<Vec<f32>> = trained.iter().map(unseen).collect();
    let of_harmless = trained.iter().zip(&odds).flat_map(|(set, odds)| {
        let both = set.examples.iter().zip(odds);
        both.filter(|(example, _)| !example.is_injection)
            .map(|(_, odds)| *odds)
    });
    let scale = Scale::of(of_harmless.collect());
    println!("Each source, with a model that was trained without it; then what is never trained with.\n");
    println!(
        "| source | attempts | named signals % | with model % | harmless | named signals % | with model % |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (set, odds) in trained.iter().zip(&odds) {
        row(set, |index, named| {
            training::combined(named, scale.points(odds[index]))
        });
    }
    let model = store::bytes(&weights(trained.iter().copied()), scale);
    for set in held_out {
        row(set, |index, _| {
            let text = &set.source.messages[index].text;
            training::score(text, training::Model(&model))
        });
    }
    fs::write(folder.join("model.bin"), *model)?;
    println!("\nwrote {FOLDER}/model.bin; now run cargo xtask rules");
    Ok(())
}

/// The weights that come of training with these sets.
fn weights<'s>(sets: impl Iterator<Item = &'s Set>) -> Weights {
    let examples: Vec<&Example> = sets.flat_map(|set| &set.examples).collect();
    train(&examples)
}

fn strongest(weights: &Weights, set: &Set) -> Vec<f32> {
    let odds = |example: &Example| weights.strongest(&example.blocks);
    set.examples.iter().map(odds).collect()
}

/// Prints the shares of a source's messages that reach the default threshold, by the named signals alone and with the model's points.
fn row(set: &Set, total: impl Fn(usize, u32) -> u32) {
    let mut counts = [[0_u32; 3]; 2];
    for (index, message) in set.source.messages.iter().enumerate() {
        let named = training::named(&message.text);
        let own = &mut counts[usize::from(!message.is_injection)];
        own[0] += 1;
        own[1] += u32::from(named >= DEFAULT_THRESHOLD);
        own[2] += u32::from(total(index, named) >= DEFAULT_THRESHOLD);
    }
    let cells = counts.iter().flat_map(|[all, named, both]| {
        let share = |count: &u32| match all {
            0 => "-".to_owned(),
            all => format!("{:.1}", f64::from(*count) * 100.0 / f64::from(*all)),
        };
        [all.to_string(), share(named), share(both)]
    });
    println!(
        "| {} | {} |",
        set.source.name,
        cells.collect::<Vec<_>>().join(" | ")
    );
}
