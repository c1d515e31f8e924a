//! Why the stack cannot run.

use std::{fmt, io, path::PathBuf};

use convene::services::SettingsError;

use crate::template::TemplateError;

/// Why the stack cannot run. Each message is one line that says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something else serves at the port.
    #[error("port {port} is in use; choose another with {flag}, or any free one with {flag} 0")]
    PortInUse {
        /// Which port.
        port: u16,
        /// The flag that chooses it.
        flag: &'static str,
    },
    /// A port cannot be listened at for another reason.
    #[error("cannot listen at port {port}: {source}")]
    Listen {
        /// Which port; 0 is any.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// Another stack has the data folder.
    #[error("{0} is in use by another `cargo local`; stop that one, or choose another folder with --data-dir")]
    DataInUse(PathBuf),
    /// The data folder is somebody else's.
    #[error(
        "{0} holds files and is no data folder of `cargo local`, so it is left alone; \
         choose a new or an empty folder with --data-dir, or remove that one if nothing in it is needed"
    )]
    NotOurs(PathBuf),
    /// The data folder is laid out differently.
    #[error("{0} is of another version of `cargo local`; choose another folder with --data-dir, or remove that one")]
    OtherFormat(PathBuf),
    /// A file or folder cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the data folder does not hold what was written there.
    #[error("{path} is damaged ({problem}); start over with --reset")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template has a function without code.
    #[error("template.yaml has a function {0}, but no package has a binary of that name")]
    NoCode(String),
    /// A function is missing in the template.
    #[error("template.yaml has no function for the binary {0}")]
    NotInTemplate(&'static str),
    /// The template gives a function too little.
    #[error("template.yaml, function {function}: {problem}")]
    Environment {
        /// Which function.
        function: String,
        /// What is missing.
        problem: SettingsError,
    },
    /// A tenant cannot be set up.
    #[error("tenant {tenant}: {problem}")]
    Tenant {
        /// Which tenant.
        tenant: String,
        /// What is wrong.
        problem: String,
    },
    /// A backend does not do what it should.
    #[error("{backend}: {problem}")]
    Backend {
        /// Which backend.
        backend: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(crate) fn backend<E: fmt::Display>(backend: &'static str) -> impl Fn(E) -> Self {
        move |problem| Self::Backend { backend, problem: problem.to_string() }
    }

    pub(crate) fn tenant<E: fmt::Display>(tenant: &impl fmt::Display) -> impl Fn(E) -> Self {
        let tenant = tenant.to_string();
        move |problem| Self::Tenant { tenant: tenant.clone(), problem: problem.to_string() }
    }
}
