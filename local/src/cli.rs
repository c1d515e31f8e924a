//! The command line of `cargo local`.

use std::path::PathBuf;

use clap::Parser;
use convene_local::{Data, Options, Origin, TenantSeed, default_template};

/// Runs Convene on this machine: the API, a DynamoDB, a Secrets Manager and a simulated
/// Microsoft 365 with calendars.
///
/// Nothing is installed and nothing leaves the machine. Two organizations are there to
/// begin with, contoso and fabrikam, with people whose week is drawn on a page. Once
/// everything serves, the terminal shows the addresses and a first meeting to paste.
/// Ctrl-C ends it; what was booked is there again at the next start.
// As it stands: clap does not wrap lines for a terminal.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local", version, verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Port of the API at 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 9000)]
    port: u16,

    /// Port of the calendars page and the simulated Microsoft Graph at 127.0.0.1; 0 takes any
    /// that is free [default: the one after the API's, or the next that is free]
    #[arg(long, value_name = "PORT", verbatim_doc_comment)]
    calendars_port: Option<u16>,

    /// Let the API answer at this host too, NAME or NAME:PORT, such as a tenant's own domain;
    /// may be given several times. Requests for any other host than 127.0.0.1 and localhost
    /// are refused
    #[arg(long = "allow-host", value_name = "HOST", verbatim_doc_comment)]
    allowed_hosts: Vec<String>,

    /// Let web pages of this origin use the API, such as `http://127.0.0.1:3000` for a booking
    /// page that is tried there; may be given several times. Pages of all other origins are
    /// refused
    #[arg(long = "allow-origin", value_name = "ORIGIN", verbatim_doc_comment)]
    allowed_origins: Vec<Origin>,

    /// Folder in which everything is kept from one start to the next; a new or an empty one,
    /// or that of an earlier start
    #[arg(long, value_name = "FOLDER", default_value = ".convene/", verbatim_doc_comment)]
    data_dir: PathBuf,

    /// Keep nothing: start empty, and leave nothing behind
    #[arg(long, conflicts_with_all = ["data_dir", "reset"])]
    ephemeral: bool,

    /// Forget first what the data folder holds: meetings, calendars, credentials
    #[arg(long)]
    reset: bool,

    /// Run all but the API, and print the environment of a function that is to use it:
    /// for `cargo lambda watch`, or a function's binary in a debugger
    #[arg(long, verbatim_doc_comment)]
    backends_only: bool,

    /// One tenant of this name instead of contoso and fabrikam, its people at NAME.com, in a
    /// deployment for it alone, where it may sign its requests; what is kept of others stays for
    /// a later start
    #[arg(long, value_name = "NAME", value_parser = single_tenant, verbatim_doc_comment)]
    single_tenant: Option<TenantSeed>,

    /// Write addresses and credentials to this file once everything serves, as JSON for
    /// scripts; at the end it is removed
    #[arg(long, value_name = "PATH", verbatim_doc_comment)]
    ready_file: Option<PathBuf>,

    /// Run another deployment than this checkout's
    #[arg(long, value_name = "PATH", hide = true)]
    template: Option<PathBuf>,
}

fn single_tenant(name: &str) -> Result<TenantSeed, String> {
    TenantSeed::new(name, 5).map_err(|error| error.to_string())
}

impl Arguments {
    pub(crate) fn into_options(self) -> Options {
        let single_tenant = self.single_tenant.as_ref().map(|tenant| tenant.id.clone());
        let mut tenants = self.single_tenant.map_or_else(TenantSeed::usual, |tenant| vec![tenant]);
        for tenant in &mut tenants {
            // So that it can be tried: an operator has to switch it on.
            tenant.legacy_password_auth = true;
        }
        Options {
            port: self.port,
            calendars_port: self.calendars_port,
            allowed_hosts: self.allowed_hosts,
            allowed_origins: self.allowed_origins,
            data: if self.ephemeral { Data::Ephemeral } else { Data::Folder(self.data_dir) },
            reset: self.reset,
            backends_only: self.backends_only,
            single_tenant,
            tenants,
            busy_calendars: true,
            ready_file: self.ready_file,
            template: self.template.unwrap_or_else(default_template),
            ..Options::default()
        }
    }
}
