//! `cargo local` as a process of its own, with what it writes to standard output.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use convene_local::{Ready, default_template};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{bootstraps::binaries, product::http_client};

/// No test waits longer for it to serve, or for a line. Far more than it takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The process. It ends with this.
pub struct LocalProcess {
    child: Child,
    folder: PathBuf,
    ready: Ready,
    lines: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
}

impl LocalProcess {
    /// Starts it with nothing kept, and functions that have so many seconds for a request.
    pub async fn start(function_timeout: u32) -> Self {
        let binaries = tokio::task::spawn_blocking(binaries).await.expect("a folder");
        let folder = env::temp_dir().join(format!("convene-{}", Uuid::new_v4()));
        fs::create_dir(&folder).expect("a folder");
        let (ready_file, template) = (folder.join("ready.json"), folder.join("template.yaml"));
        let text = fs::read_to_string(default_template()).expect("the template");
        let shorter = text.replace("    Timeout: 29\n", &format!("    Timeout: {function_timeout}\n"));
        assert_ne!(text, shorter, "the template has another timeout");
        fs::write(&template, shorter).expect("a template");
        let mut command = Command::new(binaries.join(format!("convene-local{}", env::consts::EXE_SUFFIX)));
        command.args(["--ephemeral", "--port", "0", "--ready-file"]).arg(&ready_file).arg("--template").arg(&template);
        command.env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                written.lock().expect("not poisoned").push(line);
            }
        });
        let serves = async {
            loop {
                if let Ok(text) = fs::read_to_string(&ready_file) {
                    return serde_json::from_str(&text).expect("a ready file");
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        let ready = timeout(PATIENCE, serves).await.expect("it serves before long");
        Self { child, folder, ready, lines, http: http_client() }
    }

    /// Where everything is, and with which credentials.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// An HTTP client.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The log lines written so far, once there are at least so many with this message. Anything else that it wrote is
    /// for people.
    pub async fn log(&self, message: &str, count: usize) -> Vec<String> {
        let enough = async {
            loop {
                let lines = self.lines.lock().expect("not poisoned").clone();
                let log: Vec<String> = lines.into_iter().filter(|line| line.starts_with('{')).collect();
                let said =
                    |line: &&String| serde_json::from_str::<Value>(line).is_ok_and(|line| line["message"] == message);
                if log.iter().filter(said).count() >= count {
                    return log;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, enough).await.unwrap_or_else(|_| panic!("there are never {count} lines of {message:?}"))
    }
}

impl Drop for LocalProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
