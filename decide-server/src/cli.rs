//! The command line. Each subcommand is a file of its own: what it takes, and what it does.

mod check;
mod connections;
mod data;
mod dns;
mod key;
mod listen;
mod probe;
mod reload;
mod replay;
mod reputation;
mod schema;
mod serve;
mod settings;
mod signals;
mod store;
mod tls;
#[cfg(feature = "otlp")]
mod trace;

use std::error::Error;
use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub(crate) use serve::LogFormat;

const AFTER_HELP: &str = r#"Examples:
  A server for this machine, without keys:
    arcjet-decide

  A server for the network, for the sites of a file (docs/decide-server.md of the repository has all settings):
    arcjet-decide key new
    arcjet-decide check --config arcjet-decide.toml
    arcjet-decide --config arcjet-decide.toml

  The same without a file. Clients send one of the keys; each key counts its limits on its own:
    ARCJET_DECIDE_KEYS=ajkey_web,ajkey_api arcjet-decide --listen 0.0.0.0:8787

  With TLS; the files are read again when they change, and on SIGHUP:
    arcjet-decide --listen 0.0.0.0:8787 --tls-cert server.pem --tls-key server.key

  Ask it, with curl, as often as it takes to be denied:
    curl http://127.0.0.1:8787/proto.decide.v1alpha1.DecideService/Decide \
      -H 'content-type: application/json' \
      -d '{"details":{"ip":"203.0.113.7"},"rules":[{"rateLimit":{"mode":"MODE_LIVE","max":5,
           "algorithm":"RATE_LIMIT_ALGORITHM_FIXED_WINDOW","windowInSeconds":60}}]}'

  Point an official SDK at it:
    Python        ARCJET_BASE_URL=http://127.0.0.1:8787
    JavaScript    arcjet({ client: createRemoteClient({ baseUrl: "http://127.0.0.1:8787" }), ... })

The port speaks gRPC and Connect (application/proto, application/json) over HTTP/1.1 and HTTP/2, with
or without TLS, GET /healthz and gRPC health checks, and GET /metrics for Prometheus; the last three need no key.
SIGTERM or Ctrl-C ends it gracefully."#;

/// Decision server for Arcjet: rate limits and bot detection for applications that use an Arcjet SDK.
#[derive(Debug, Parser)]
#[command(
    name = "arcjet-decide",
    version,
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    /// Without one, `serve`.
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve decisions; what the program does without a subcommand.
    Serve(serve::ServeArgs),
    /// Say whether a server would start with these flags and this environment, and do not start it.
    Check(check::CheckArgs),
    /// Renew what is known about addresses.
    Data(data::DataArgs),
    /// Make keys for sites.
    Key(key::KeyArgs),
    /// Judge recorded traffic by the rules of a file, before they go live.
    Replay(replay::ReplayArgs),
    /// Print the JSON schema of a file, for editors.
    Schema(schema::SchemaArgs),
    /// Ask a server for decisions, and say how long they took.
    Probe(probe::ProbeArgs),
}

/// Does what the command line says.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let line: Vec<OsString> = std::env::args_os().collect();
    // Variables are left out at first, so that what is wrong with them is told together with what is wrong with the file.
    let flags = settings::without_environment(Cli::command()).try_get_matches_from(&line);
    let cli = match flags.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        // Says what is wrong, or helps, and ends the program.
        Err(_) => Cli::parse_from(&line),
    };
    match &cli.command {
        None | Some(Command::Serve(_)) => serve::run(line),
        Some(Command::Check(args)) => check::run(&line, args.connect()),
        Some(Command::Data(args)) => data::run(args),
        Some(Command::Key(args)) => key::run(args),
        Some(Command::Replay(args)) => replay::run(args),
        Some(Command::Schema(args)) => schema::run(args),
        Some(Command::Probe(args)) => probe::run(args),
    }
}

impl Cli {
    /// The flags of the server.
    fn into_serve_args(self) -> serve::ServeArgs {
        match self.command {
            Some(Command::Serve(args)) => args,
            Some(Command::Check(args)) => args.serve,
            _ => self.serve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_of_the_server_has_a_variable() {
        for argument in Cli::command().get_arguments() {
            let variable = argument
                .get_env()
                .unwrap_or_else(|| panic!("{argument} has none"))
                .to_str()
                .unwrap();
            assert!(variable.starts_with("ARCJET_DECIDE_"), "{variable}");
        }
    }

    #[test]
    fn serving_is_what_is_done_without_a_subcommand() {
        for line in [
            &["arcjet-decide", "--listen", "[::1]:1"][..],
            &["arcjet-decide", "serve", "--listen", "[::1]:1"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            let args = match &cli.command {
                None => &cli.serve,
                Some(Command::Serve(args)) => args,
                Some(other) => panic!("{other:?}"),
            };
            assert_eq!(args.listen, "[::1]:1".parse().unwrap());
        }
    }
}
