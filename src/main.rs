//! The `synod` program: the families that it has. Everything else is in the library.

use std::process::ExitCode;
use synod::protocols::consensus::Consensus;
use synod::protocols::disel_sts::DiselSts;
use synod::protocols::multi_paxos::MultiPaxos;
use synod::protocols::single_decree::SingleDecree;
use synod::Program;

fn main() -> ExitCode {
    Program::new()
        .with_nodes::<SingleDecree>()
        .with_nodes::<MultiPaxos>()
        .with::<DiselSts>()
        .with::<Consensus>()
        .about("An exhaustive model checker for Paxos-like consensus protocols")
        .version(env!("CARGO_PKG_VERSION"))
        .begin_with("check models/single-decree/adapted-2x3.toml")
        .run(std::env::args_os())
}
