//! The commands that run nodes on real sockets and follow their logs, of any family that has such nodes.

use super::{args, conform, node, run, Failure};
use crate::family::Deployable;
use crate::nodes::launch::Assignment;
use crate::subject::Of;

/// A family whose nodes run on real sockets, as commands hold it.
pub(crate) trait Deployed: Send + Sync {
    /// The name in model files.
    fn name(&self) -> &'static str;

    /// `synod run`.
    fn run(&self, arguments: &args::Run) -> Result<u8, Failure>;

    /// `synod node`.
    fn node(&self, arguments: &args::NodeArguments) -> Result<u8, Failure>;

    /// The same for a node that `synod run` launched, with its assignment.
    fn controlled(&self, assignment: Assignment) -> Result<u8, Failure>;

    /// `synod conform`.
    fn conform(&self, arguments: &args::Conform) -> Result<u8, Failure>;
}

impl<F: Deployable> Deployed for Of<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn run(&self, arguments: &args::Run) -> Result<u8, Failure> {
        run::run::<F>(arguments)
    }

    fn node(&self, arguments: &args::NodeArguments) -> Result<u8, Failure> {
        node::node::<F>(arguments)
    }

    fn controlled(&self, assignment: Assignment) -> Result<u8, Failure> {
        node::work_as_told::<F>(assignment)
    }

    fn conform(&self, arguments: &args::Conform) -> Result<u8, Failure> {
        conform::conform::<F>(arguments)
    }
}
