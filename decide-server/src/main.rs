//! `arcjet-decide`: the decision server as a program.

mod cli;
mod telemetry;

use std::error::Error;
use std::process::ExitCode;

use arcjet_decide_server::serve;
use clap::Parser as _;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    match run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                message.push_str(": ");
                message.push_str(&error.to_string());
                cause = error.source();
            }
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &cli::Cli) -> Result<(), Box<dyn Error>> {
    telemetry::log(&cli.log, cli.log_format)?;
    // First: what counts itself looks for the recorder when it is made.
    let recorder = telemetry::metrics()?;
    let config = cli.config()?.metrics(recorder);
    config.check_address(cli.listen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(cli.listen)
            .await
            .map_err(|error| format!("cannot listen on {} (--listen): {error}", cli.listen))?;
        let shutdown = shutdown_signal()?;
        // For people and scripts: where the server is, also after port 0. All else goes to standard error.
        println!("listening on http://{}", listener.local_addr()?);
        Ok(serve(config, listener, shutdown).await?)
    })
}

/// Completes at the first SIGTERM or Ctrl-C.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}
