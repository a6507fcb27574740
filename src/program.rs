//! The families of the `synod` program. They are named in the library so that it holds their code, which the program and the
//! tests then need not compile again.

use crate::cli::Program;
use crate::protocols::consensus::Consensus;
use crate::protocols::disel_sts::DiselSts;
use crate::protocols::multi_paxos::MultiPaxos;
use crate::protocols::single_decree::SingleDecree;

/// The program.
pub fn program() -> Program {
    Program::new()
        .with_nodes::<SingleDecree>()
        .with_nodes::<MultiPaxos>()
        .with::<DiselSts>()
        .with::<Consensus>()
        .about("An exhaustive model checker for Paxos-like consensus protocols")
        .version(env!("CARGO_PKG_VERSION"))
        .begin_with("check models/single-decree/adapted-2x3.toml")
}
