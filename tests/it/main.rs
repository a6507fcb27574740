//! The tests that see Synod from outside, in one binary.

mod explore;
mod graph;
