//! The operator's commands: what they take, and how they end.

mod activation;
mod answer;
mod api_key;
mod authority;
mod backup;
mod brand;
mod bundle;
mod claims;
mod config;
mod customer;
mod doctor;
mod error;
mod file;
mod init;
mod instance;
mod key;
mod key_file;
mod lease;
mod license;
mod misuse;
mod number;
mod openapi;
mod operator_key;
mod out;
mod pair;
mod product;
mod prune;
mod resource;
mod run;
mod screen;
mod serve;
mod statuses;
mod trust;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use countersign::Moment;

use crate::clock::Clock;

use answer::Answer;
use error::Error;
use misuse::Misuse;

/// Signs licenses, and says what a license allows and why.
///
/// `serve` runs an authority. What signs, verifies and inspects works on files and without a network:
/// a private key signs, a set of public keys verifies. The rest works on an authority's database.
/// Where a FILE is read or written, `-` means standard input or output.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 100, after_help = EXIT_STATUS)]
struct Cli {
    /// Takes this moment for the present one: to sign the same bytes again, and for tests. RFC
    /// 3339, or a date for its first second, UTC.
    #[arg(long, global = true, hide = true, value_name = "MOMENT", value_parser = Moment::from_start)]
    now: Option<Moment>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves an authority: issues licenses, counts seats and answers products, over HTTP.
    Serve(serve::Serve),
    /// Makes an authority's database and its operator's key, without serving it.
    Init(init::Init),
    /// Shows what is set.
    #[command(subcommand)]
    Config(config::Command),
    /// Prints the OpenAPI document of the authority.
    #[command(hide = true)]
    Openapi,
    /// Makes keys, and shows their public halves.
    #[command(subcommand, visible_alias = "keys")]
    Key(key::Command),
    /// Signs, verifies and inspects licenses, and manages those of an authority.
    #[command(subcommand, visible_alias = "licenses")]
    License(license::Command),
    /// Lists, takes and releases the seats of licenses in an authority.
    #[command(subcommand, visible_alias = "activations")]
    Activation(activation::Command),
    /// Signs leases, for vendors without an authority and for tests.
    #[command(subcommand)]
    Lease(lease::Command),
    /// Signs status lists, for vendors without an authority and for tests.
    #[command(subcommand)]
    Statuses(statuses::Command),
    /// Signs trust updates, for vendors without an authority and for tests.
    #[command(subcommand)]
    Trust(trust::Command),
    /// Makes, lists and changes brands: who sells products through the authority.
    #[command(subcommand, visible_alias = "brands")]
    Brand(brand::Command),
    /// Makes, lists and changes the products of a brand.
    #[command(subcommand, visible_alias = "products")]
    Product(product::Command),
    /// Makes, lists and changes bundles: products that are provisioned together.
    #[command(subcommand, visible_alias = "bundles")]
    Bundle(bundle::Command),
    /// Adds, lists and changes the customers of a brand.
    #[command(subcommand, visible_alias = "customers")]
    Customer(customer::Command),
    /// Makes and ends API keys, of brands and of operators.
    #[command(subcommand, visible_alias = "api-keys")]
    ApiKey(api_key::Command),
    /// Looks whether an authority is sound, one line each, with what to do where it is not.
    Doctor(doctor::Doctor),
    /// Forgets events and given-up seats that have been over for a number of days.
    Prune(prune::Prune),
    /// Copies an authority's SQLite database to a file, while it runs.
    Backup(backup::Backup),
    /// Writes completions for a shell to standard output.
    Completions {
        /// The shell that reads them.
        shell: Shell,
    },
}

/// Runs the command that the arguments of this process state.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(error),
    };
    let clock = cli.now.map_or(Clock::System, Clock::fixed);
    match cli.command.run(&clock) {
        Ok(answer) => answer.into(),
        Err(error) => refuse(&error),
    }
}

/// Prints the help that was asked for or is wanting, or else says what is wrong with the arguments.
fn explain(error: clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nothing is left to say where the explanation itself cannot be written.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(Error::USAGE)
        }
        _ => refuse(&Error::from(Misuse::of(error, &Cli::command()))),
    }
}

/// Says why a command did not do what it was asked for, in JSON too where JSON was asked for.
fn refuse(error: &Error) -> ExitCode {
    if wants_json() {
        // What cannot be written here is complained of in the same breath.
        let _ = screen::print(&error.to_json());
    }
    screen::complain(error);
    ExitCode::from(error.exit_status())
}

/// Whether JSON is asked for, by arguments that may not make sense as a whole.
fn wants_json() -> bool {
    let mut flags = std::env::args_os().take_while(|argument| argument != "--");
    flags.any(|argument| argument == "--json")
}

impl Command {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Serve(command) => command.run(clock),
            Self::Init(command) => command.run(clock),
            Self::Config(command) => command.run(),
            Self::Openapi => openapi::run(),
            Self::Key(command) => command.run(clock),
            Self::License(command) => command.run(clock),
            Self::Activation(command) => command.run(clock),
            Self::Lease(command) => command.run(clock),
            Self::Statuses(command) => command.run(clock),
            Self::Trust(command) => command.run(clock),
            Self::Brand(command) => command.run(clock),
            Self::Product(command) => command.run(clock),
            Self::Bundle(command) => command.run(clock),
            Self::Customer(command) => command.run(clock),
            Self::ApiKey(command) => command.run(clock),
            Self::Doctor(doctor) => doctor.run(clock),
            Self::Prune(prune) => prune.run(clock),
            Self::Backup(backup) => backup.run(),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "countersign", &mut script);
                screen::print_bytes(&script)?;
                Ok(Answer::Done)
            }
        }
    }
}

const EXIT_STATUS: &str = "\
Exit status:
   0  done; of `license verify`: allowed
   1  denied, refused by the authority; of `doctor`: something is wrong
   2  a document that is not genuine: damaged, or signed by no key that is trusted for it
  64  a command or value that does not make sense
  66  a file that cannot be read
  69  an authority that cannot be opened or reached, or an address that cannot be listened on
  70  something that never should happen
  71  no random bytes from the operating system
  73  a file or folder that cannot be created
  74  standard output that cannot be written; what is done besides stays done
  78  a setting that makes no sense";
