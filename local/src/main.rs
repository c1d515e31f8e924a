//! `cargo local`: Convene on one machine.

mod cli;
mod welcome;

use std::{io, process::ExitCode};

use clap::Parser as _;
use convene_local::{Data, Error, Stack};

use cli::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // From here on, and not only once it serves: what is started must be let go of in order.
    let mut ended = match signals() {
        Ok(signals) => std::pin::pin!(signals),
        Err(error) => return failed(&Error::File { path: "signals".into(), source: error }),
    };
    convene::edge::start_logging();
    let options = arguments.into_options();
    let data = match &options.data {
        Data::Ephemeral => None,
        Data::Folder(folder) => Some(folder.clone()),
    };
    let started = tokio::select! {
        started = Stack::start(options) => started,
        () = &mut ended => return ExitCode::SUCCESS,
    };
    let stack = match started {
        Ok(stack) => stack,
        Err(error) => return failed(&error),
    };
    welcome::print(stack.ready(), data.as_deref());
    ended.await;
    stack.stop().await;
    ExitCode::SUCCESS
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Ends at Ctrl-C, or when something tells the process to end.
fn signals() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    #[cfg(not(unix))]
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = interrupted.recv().await;
    })
}
