//! The arguments of what helps with the files and the command line.

use crate::report::Sink;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Args)]
pub struct New {
    /// The model file, which must not be there yet; - is standard output.
    #[arg(value_name = "FILE")]
    pub file: Sink,
    /// The family of the model [default: the first one of `list`].
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
}

#[derive(Args)]
pub struct Schema {
    /// Where the schema is written; - is standard output.
    #[arg(long, value_name = "PATH", default_value = "-")]
    pub output: Sink,
}

#[derive(Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Args)]
pub struct Man {
    /// The folder, such as ~/.local/share/man/man1. It is made if it is not there.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
