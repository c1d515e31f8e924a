//! The whole product running: started in order, stopped in the opposite one.

mod assemble;
mod ready_file;

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc,
    time::timeout,
};

use crate::{Error, Options, Ready, data_dir::DataDir, server::Server};
use ready_file::ReadyFile;

/// How long requests under way may take when the stack stops.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what is idle may take.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// A running stack. It has a runtime of its own, so that it outlives the test that started it and never waits for it.
pub struct Stack {
    ready: Ready,
    environment: BTreeMap<String, String>,
    running: Option<Running>,
    runtime: OwnRuntime,
}

/// What runs, in the order in which it is let go of.
struct Running {
    ready_file: Option<ReadyFile>,
    gateway: Option<(Server, mpsc::Receiver<()>)>,
    backends: Vec<Server>,
    data: Option<DataDir>,
}

impl Stack {
    /// Starts a stack and answers when everything serves.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("convene-local").enable_all().build();
        let runtime = OwnRuntime(Some(runtime.map_err(Error::backend("the runtime"))?));
        let (running, ready, environment) = runtime.run(assemble::assemble(options)).await?;
        Ok(Self { ready, environment, running: Some(running), runtime })
    }

    /// Where everything is, and with which credentials.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The environment of a function that is to run against this stack's backends.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Stops accepting, lets running requests finish for a while, and lets go of everything.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            let stopping = async {
                running.stop().await;
                Ok(())
            };
            let _ = self.runtime.run(stopping).await;
        }
        self.runtime.end().await;
    }
}

impl Running {
    async fn stop(mut self) {
        drop(self.ready_file.take());
        if let Some((gateway, mut invocations)) = self.gateway.take() {
            let finished = async {
                gateway.stop(PATIENCE).await;
                // The server does not wait for invocations whose caller has gone away.
                invocations.recv().await
            };
            let _ = timeout(PATIENCE, finished).await;
        }
        for backend in self.backends.drain(..) {
            backend.stop(SHORT_PATIENCE).await;
        }
        drop(self.data.take());
    }
}

/// A runtime that may be dropped anywhere: tokio's own panics when dropped on an asynchronous thread.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    /// Runs a future here and waits for it, on whichever runtime.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(runtime) = &self.0 else { return Err(Error::backend("the runtime")("has ended")) };
        runtime.spawn(work).await.unwrap_or_else(|broken| Err(Error::backend("the runtime")(broken)))
    }

    /// Ends every task, so that files are closed when this returns.
    async fn end(&mut self) {
        if let Some(runtime) = self.0.take() {
            let _ = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(SHORT_PATIENCE)).await;
        }
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
