//! The functions' real binaries, as processes beside a Runtime API.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use axum::body::Bytes;
use serde_json::Value;

use crate::{
    Answer,
    runtime_api::{Allowed, Invocation, Outcome, RuntimeApi},
};

/// Where the binaries are. Building them is cargo's business: in the profile and folder that the tests run from, with
/// the features the workspace has, so that nothing but the binaries themselves remains to be linked.
pub(crate) fn binaries() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = env::current_exe().expect("the test's own path");
        let profile = test.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps/<test>").to_owned();
        let target = profile.parent().expect("a target folder");
        let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args([
            "build",
            "--workspace",
            "--bins",
            "--quiet",
        ]);
        cargo.args(["--profile", if name == "debug" { "dev" } else { name }]).arg("--target-dir").arg(target);
        assert!(cargo.status().expect("cargo runs").success(), "the binaries do not build");
        profile
    })
}

/// Processes of one function, which take its events in turn. They end with this.
pub struct Bootstraps {
    api: RuntimeApi,
    children: Vec<Child>,
}

impl Bootstraps {
    /// Starts so many processes of a binary. `CONVENE_SHOW_LOGS=1` shows what they log.
    pub async fn launch(binary: &str, environment: &BTreeMap<String, String>, count: usize) -> Self {
        let folder = tokio::task::spawn_blocking(binaries).await.expect("a folder");
        let api = RuntimeApi::start(binary).await;
        let show = env::var_os("CONVENE_SHOW_LOGS").is_some();
        let start = || {
            let mut command = Command::new(folder.join(format!("{binary}{}", env::consts::EXE_SUFFIX)));
            command
                .env_clear()
                .envs(environment)
                .env("AWS_LAMBDA_RUNTIME_API", api.address())
                .env("AWS_LAMBDA_FUNCTION_NAME", binary)
                .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
                .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
                .env("AWS_LAMBDA_LOG_GROUP_NAME", "convene")
                .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
                .env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1")
                .stdin(Stdio::null());
            if !show {
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
            command.spawn().unwrap_or_else(|error| panic!("{binary}: {error}"))
        };
        let children = (0..count).map(|_| start()).collect();
        Self { api, children }
    }

    /// Hands an event to one of the processes.
    pub fn begin(&self, event: impl Into<Bytes>, allowed: impl Into<Allowed>) -> Invocation {
        self.api.begin(event, allowed)
    }

    /// What one of the processes says to an event.
    pub async fn outcome(&self, event: impl Into<Bytes>, allowed: impl Into<Allowed>) -> Outcome {
        self.begin(event, allowed).outcome().await
    }

    /// The HTTP answer to an event.
    pub async fn call(&self, event: &Value, allowed: impl Into<Allowed>) -> Answer {
        self.outcome(event.to_string(), allowed).await.answer()
    }

    /// The processes that have not ended, by id.
    pub fn running(&mut self) -> Vec<u32> {
        let running = self.children.iter_mut().filter_map(|child| child.try_wait().ok()?.is_none().then(|| child.id()));
        running.collect()
    }

    /// Ends the processes with SIGKILL, wherever they are in their work.
    pub fn kill(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.children.clear();
    }
}

impl Drop for Bootstraps {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Outcome {
    /// The HTTP answer in it, as API Gateway would pass it on.
    #[track_caller]
    pub fn answer(self) -> Answer {
        let Self::Answered(bytes) = self else { panic!("no answer: {self:?}") };
        let event: Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"));
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in event["headers"].as_object().into_iter().flatten() {
            let name: reqwest::header::HeaderName = name.parse().expect("a header's name");
            headers.insert(name, value.as_str().and_then(|text| text.parse().ok()).expect("a header's value"));
        }
        let status = event["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        Answer {
            status: status.unwrap_or_else(|| panic!("no status: {event}")),
            headers,
            text: event["body"].as_str().unwrap_or_default().to_owned(),
        }
    }
}
