//! The protocols: each family a folder with its rules, its handlers and its stateright actors. It knows no search, no
//! model files and no terminals.

pub mod consensus;
pub mod disel_sts;
pub mod multi_paxos;
pub mod paxos;
pub mod single_decree;
pub mod specification;
