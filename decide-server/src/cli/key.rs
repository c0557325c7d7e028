//! `arcjet-decide key`: keys for sites.

use std::error::Error;
use std::io::Read as _;

use arcjet_decide_server::KeyHash;
use arcjet_decide_server::settings::MIN_KEY_LENGTH;
use clap::{Args, Subcommand};

/// What is done with keys.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a new random key, and the line for the configuration that accepts it. Nothing is stored.
    New,
    /// Read a key from standard input and print the line for the configuration that accepts it.
    Hash,
}

/// Does what the command line says.
pub(crate) fn run(args: &KeyArgs) -> Result<(), Box<dyn Error>> {
    match args.action {
        Action::New => {
            let key = random()?;
            println!("{key}\n{}", line(&key)?);
        }
        Action::Hash => {
            // A key has some dozens of bytes; what is longer than this is not one.
            let mut key = String::new();
            std::io::stdin().take(4096).read_to_string(&mut key)?;
            let key = key.trim();
            if key.len() < MIN_KEY_LENGTH {
                return Err(format!(
                    "the key has {} characters; accepted: at least {MIN_KEY_LENGTH}, because the hash of a short key gives it \
                     away; `arcjet-decide key new` makes one",
                    key.len()
                )
                .into());
            }
            println!("{}", line(key)?);
        }
    }
    Ok(())
}

fn line(key: &str) -> Result<String, Box<dyn Error>> {
    Ok(format!("keys = [{{ hash = \"{}\" }}]", KeyHash::of(key)?))
}

/// A key of 160 random bits, in the alphabet of the ids of decisions.
fn random() -> Result<String, Box<dyn Error>> {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    // Five bits of each byte; 32 divides 256, so every digit is as likely as any other.
    let digits = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Ok("ajkey_".chars().chain(digits).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_different() {
        let (one, two) = (random().unwrap(), random().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), "ajkey_".len() + 32);
        assert!(KeyHash::of(&one).is_ok());
    }
}
