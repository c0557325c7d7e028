//! `arcjet-decide replay`: what rules would have said about recorded traffic.

mod progress;

use std::error::Error;
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use arcjet_decide_server::RulesFile;
use arcjet_decide_server::replay::{Format, Input, Options, ReplayError, Summary, replay_with_progress};
use clap::{Args, ValueEnum};

use progress::Progress;

use super::dns::DnsArgs;
use super::reputation::ReputationArgs;

const AFTER_HELP: &str = r#"Examples:
  What an access log would have met with:
    arcjet-decide replay --rules rules.toml /var/log/nginx/access.log > decisions.jsonl

  The ids of requests that would have been denied:
    arcjet-decide replay --rules rules.toml requests.jsonl.gz | jq -r 'select(.conclusion == "DENY") | .id'

  A whole rules file, for a start:
    [[rule]]
    type = "shield"

A record of JSON lines is {"id","method","uri","headers","body","ip","time"}, all of them optional; `body_b64` for bytes.
The exit code is 0 if at least one input could be read, whatever was denied."#;

/// What is replayed, and how.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReplayArgs {
    /// File with the rules, as TOML.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,

    /// Recorded traffic: JSON lines, JSON, Common or Combined Log Format, HAR; plain or compressed by gzip. `-` is standard
    /// input.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// What the inputs are written in; found out from each unless named.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,

    /// Address of records that have none.
    #[arg(long, value_name = "ADDRESS")]
    client_ip: Option<IpAddr>,

    /// Proxy whose X-Forwarded-For is believed, as an address or a network; repeat for more.
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    trusted_proxies: Vec<String>,

    /// Clients that limits count at a time; beyond it, those not seen for longest are forgotten.
    #[arg(long, value_name = "CLIENTS", default_value_t = 1_000_000)]
    limit_capacity: usize,

    /// Length of the prefix by which limits count IPv6 clients, 16 to 128.
    #[arg(long, value_name = "BITS", default_value_t = 64, value_parser = clap::value_parser!(u8).range(16..=128))]
    ipv6_prefix: u8,

    #[command(flatten)]
    reputation: ReputationArgs,

    /// Ask the DNS, as it is now: whether domains take mail, for rules that deny NO_MX_RECORDS, and which host names the addresses
    /// of bots have.
    #[arg(long)]
    dns: bool,

    #[command(flatten)]
    dns_config: DnsArgs,

    /// Threads that judge; as many as there are processors unless given. The output is the same for any number.
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,

    /// Longest record, in bytes; longer ones are passed over.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_record_bytes: usize,

    /// How many of those records to name, on standard error, that can't be read or judged.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    name_bad: u64,

    /// Fail if anything can't be read.
    #[arg(long)]
    strict: bool,

    /// How to sum up, on standard error.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    summary: SummaryFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// One JSON object to a line.
    Jsonl,
    /// A JSON array of objects, or objects over several lines.
    Json,
    /// Common or Combined Log Format.
    Log,
    /// HTTP Archive.
    Har,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SummaryFormat {
    /// Tables for people.
    Text,
    /// One JSON object.
    Json,
    /// Not at all.
    None,
}

/// Replays.
pub(crate) fn run(args: &ReplayArgs) -> Result<(), Box<dyn Error>> {
    let path = args.rules.display();
    let text = std::fs::read_to_string(&args.rules).map_err(|error| format!("{path} (--rules): {error}"))?;
    let rules =
        RulesFile::parse(&text).map_err(|faults| format!("{path} (--rules) can't be used:\n{faults}"))?;
    let inputs = args.inputs();
    let mut progress = Progress::new(&inputs, args.name_bad);
    let position = progress.position();
    // A terminal shows lines at once; anything else is written in large pieces.
    let stdout = io::stdout().lock();
    let mut output = BufWriter::with_capacity(if stdout.is_terminal() { 0 } else { 1 << 16 }, stdout);
    let result = replay_with_progress(
        &rules,
        &inputs,
        &args.options()?,
        &mut output,
        |complaint| progress.complain(complaint),
        &position,
    );
    drop(output);
    progress.end();
    match result {
        Ok(summary) => args.conclude(&summary),
        // Whoever read the output has seen enough.
        Err(ReplayError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl ReplayArgs {
    fn inputs(&self) -> Vec<Input> {
        let input = |path: &PathBuf| match path.to_str() {
            Some("-") => Input::Stdin,
            _ => Input::File(path.clone()),
        };
        self.inputs.iter().map(input).collect()
    }

    fn options(&self) -> Result<Options, Box<dyn Error>> {
        let mut options = Options::default();
        options.format = self.format.map(|format| match format {
            FormatName::Jsonl => Format::Jsonl,
            FormatName::Json => Format::Json,
            FormatName::Log => Format::Log,
            FormatName::Har => Format::Har,
        });
        if let Some(threads) = self.threads {
            options.threads = threads;
        }
        options.client_ip = self.client_ip;
        options.trusted_proxies.clone_from(&self.trusted_proxies);
        options.limit_capacity = self.limit_capacity;
        options.ipv6_prefix = self.ipv6_prefix;
        options.reputation = self.reputation.load()?;
        options.dns = self.dns.then(|| self.dns_config.config());
        options.most_record_bytes = self.max_record_bytes;
        Ok(options)
    }

    fn conclude(&self, summary: &Summary) -> Result<(), Box<dyn Error>> {
        match self.summary {
            SummaryFormat::Text => eprint!("{summary}"),
            SummaryFormat::Json => eprintln!("{}", serde_json::to_string(summary)?),
            SummaryFormat::None => {}
        }
        if !summary.readable {
            return Err("no input could be read".into());
        }
        if self.strict && summary.bad + summary.unreadable_inputs > 0 {
            return Err("not everything could be read (--strict)".into());
        }
        Ok(())
    }
}
