//! A replicated register, checked for linearizability: a crate of its own that has every command of synod.

mod actors;
mod family;

use std::process::ExitCode;
use synod::Program;

fn main() -> ExitCode {
    Program::new().with_nodes::<family::Register>().run(std::env::args_os())
}
