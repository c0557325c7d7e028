//! Packs the tables of addresses that are part of this crate; `cargo xtask data ip` runs it.
//!
//! Arguments: the file to write, then a source each: `KIND|NAME|SERVICE|FILE[,FILE…]`. A file that ends in `.mmdb` is a
//! database with a `country_code` for each network.

use std::error::Error;
use std::fmt::Write as _;
use std::{env, fs};

use arcjet_engine::reputation::{Kind, Source, pack};
use maxminddb::{Reader, WithinOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let target = arguments.next().ok_or("no file to write")?;
    let mut sources = Vec::new();
    for argument in arguments {
        let parts: Vec<&str> = argument.splitn(4, '|').collect();
        let [kind, name, service, files] = parts[..] else {
            return Err(format!("{argument:?} is not KIND|NAME|SERVICE|FILES").into());
        };
        let kind = Kind::from_name(kind).ok_or_else(|| format!("{kind:?} is no kind of source"))?;
        let mut text = String::new();
        for file in files.split(',') {
            text.push_str(&read(file).map_err(|error| format!("{file}: {error}"))?);
            text.push('\n');
        }
        let source = Source::text(kind, name, text);
        sources.push(if service.is_empty() {
            source
        } else {
            source.service(service)
        });
    }
    let packed = pack(&sources)?;
    println!("{target}: {} bytes", packed.len());
    fs::write(target, packed)?;
    Ok(())
}

fn read(file: &str) -> Result<String, Box<dyn Error>> {
    if !file.ends_with(".mmdb") {
        return Ok(fs::read_to_string(file)?);
    }
    #[derive(serde::Deserialize)]
    struct Record<'a> {
        country_code: &'a str,
    }
    let reader = Reader::open_readfile(file)?;
    let mut lines = String::new();
    for network in reader.networks(WithinOptions::default())? {
        let network = network?;
        if let Some(record) = network.decode::<Record<'_>>()? {
            writeln!(lines, "{},{}", network.network()?, record.country_code)?;
        }
    }
    Ok(lines)
}
