//! The arguments of checkpoints and of states on disk.

use super::search::{EngineName, IdentityName, Search, StrategyName};
use crate::check;
use crate::input::InputError;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// What the search keeps outside of memory.
#[derive(Args)]
pub struct Keeping {
    /// Write checkpoints there, so that a search that is killed, or gives up, can be resumed. The folder holds none yet.
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint there, on any number of threads, and write the next ones there. The model, the properties
    /// and the program are to be the same.
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    /// How long to search on after a checkpoint before the next, such as 90s or 10m [default: 10m].
    #[arg(long, value_name = "DURATION")]
    pub every: Option<humantime::Duration>,
    /// Go on with states on disk, in files without a name there, when --memory is spent.
    #[arg(long, value_name = "DIR", requires = "memory", conflicts_with_all = ["processes", "hosts"])]
    pub disk: Option<PathBuf>,
}

impl Keeping {
    /// Where checkpoints are kept in a check of so many models with this search, if they are.
    ///
    /// # Errors
    /// If that cannot be.
    pub fn of(&self, models: usize, search: &Search) -> Result<Option<check::Keeping>, InputError> {
        let (option, folder) = match (&self.checkpoint, &self.resume) {
            (Some(folder), _) => ("--checkpoint", folder),
            (None, Some(folder)) => ("--resume", folder),
            (None, None) if self.every.is_some() => {
                return Err(InputError::new("--every", "expected --checkpoint or --resume beside it"));
            }
            (None, None) => return Ok(None),
        };
        if models != 1 {
            return Err(InputError::new(option, "a folder has the checkpoints of one model; give one FILE"));
        }
        require_components(option, search)?;
        Ok(Some(check::Keeping {
            folder: folder.clone(),
            every: self.every.map_or(EVERY, Into::into),
            resumes: self.resume.is_some(),
        }))
    }

    /// The folder for states on disk, if there is to be one. It is made if it is not there.
    ///
    /// # Errors
    /// If that cannot be, or nothing can be written there.
    pub fn disk(&self, search: &Search) -> Result<Option<PathBuf>, InputError> {
        let Some(folder) = &self.disk else { return Ok(None) };
        require_components("--disk", search)?;
        let written = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
        let refused = |error| InputError::new("--disk", format!("{}: it cannot be written: {error}", folder.display()));
        written.map(|_| Some(folder.clone())).map_err(refused)
    }
}

/// Requires the search that keeps something outside of memory.
fn require_components(option: &str, search: &Search) -> Result<(), InputError> {
    let refused = |what: &str| Err(InputError::new(option, what));
    match (search.engine, search.identity, search.strategy) {
        (EngineName::Symbolic | EngineName::Whole | EngineName::Stateright, ..) => {
            refused("expected --engine components")
        }
        (_, Some(IdentityName::Hash), _) => refused("expected --identity value"),
        (.., StrategyName::Dfs) => refused("expected --strategy bfs"),
        _ => Ok(()),
    }
}

/// How long a search goes on after a checkpoint before it writes the next.
const EVERY: Duration = Duration::from_secs(600);
