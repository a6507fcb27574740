//! A program: the families whose models it checks, behind one command line. Ours has ours; a program of yours has yours.

use super::deployed::Deployed;
use super::input::{require, require_model, Kind};
use crate::conform::family_of_logs;
use crate::family::{Deployable, Family};
use crate::input::{did_you_mean, nearest, Field, InputError};
use crate::model_file::{family_of, Source, FAMILY};
use crate::subject::{AnyFamily, Of, Replayed, Subject};
use serde_json::Value;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// The families of a program.
#[derive(Default)]
pub struct Program {
    families: Vec<Box<dyn AnyFamily>>,
    deployed: Vec<Box<dyn Deployed>>,
    first_command: Option<&'static str>,
    about: Option<&'static str>,
    version: Option<&'static str>,
}

impl Program {
    /// A program without families.
    pub fn new() -> Self {
        Program::default()
    }

    /// Adds a family: its models are checked, drawn, browsed and simulated.
    pub fn with<F: Family>(mut self) -> Self {
        self.families.push(Box::new(Of::<F>(PhantomData)));
        self
    }

    /// Adds a family whose nodes run on real sockets as well.
    pub fn with_nodes<F: Deployable>(mut self) -> Self {
        self.deployed.push(Box::new(Of::<F>(PhantomData)));
        self.with::<F>()
    }

    /// The arguments that the help tells a new user to begin with; `list` unless set.
    pub fn begin_with(mut self, arguments: &'static str) -> Self {
        self.first_command = Some(arguments);
        self
    }

    /// What the program is, in a line, for its help; the names of its families unless set.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = Some(about);
        self
    }

    /// The version of the program; that of this crate, named as such, unless set.
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// The help's first line, and the version.
    pub(crate) fn introduction(&self) -> (String, &'static str) {
        let names: Vec<_> = self.families.iter().map(|family| family.name()).collect();
        let about = || format!("An exhaustive model checker for models of {}", names.join(", "));
        let version = concat!("(synod ", env!("CARGO_PKG_VERSION"), ")");
        (self.about.map_or_else(about, String::from), self.version.unwrap_or(version))
    }

    pub(crate) fn first_command(&self) -> &str {
        self.first_command.unwrap_or("list")
    }

    /// The families.
    pub(crate) fn families(&self) -> &[Box<dyn AnyFamily>] {
        &self.families
    }

    /// Reads a model file, then applies `key=value` settings to it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(&self, path: &Path, settings: &[String]) -> Result<Box<dyn Subject>, InputError> {
        require_model(path)?;
        let source = Source::read(path, settings)?;
        self.family(path, source.family())?.read(source)
    }

    /// Reads a trace and executes it again.
    ///
    /// # Errors
    /// If the text is no trace, or the trace does not fit its model.
    pub(crate) fn replay(&self, place: &str, text: &str) -> Result<Replayed, InputError> {
        let named = serde_json::from_str::<Value>(text).ok().and_then(|trace| family_of(&trace["model"]));
        let family = named.and_then(|name| self.named(&name));
        self.any(family).ok_or_else(|| no_family(place))?.replay(place, text)
    }

    /// The family of a model file whose nodes are to run.
    ///
    /// # Errors
    /// If its nodes do not run on sockets.
    pub(crate) fn deployed(&self, path: &Path, settings: &[String]) -> Result<&dyn Deployed, InputError> {
        require_model(path)?;
        let source = Source::read(path, settings)?;
        let name = self.family(path, source.family())?.name();
        self.deployed_family(&path.display().to_string(), name)
    }

    /// The family of the model that logs are of.
    ///
    /// # Errors
    /// If no log says so.
    pub(crate) fn deployed_by_logs(&self, logs: &[PathBuf]) -> Result<&dyn Deployed, InputError> {
        for file in logs.iter().filter(|path| !path.is_dir()) {
            require(file, Kind::Log)?;
        }
        let (place, name) = family_of_logs(logs)?;
        self.deployed_family(&place, &name)
    }

    /// The family of this name, whose nodes run on sockets.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn deployed_family(&self, place: &str, name: &str) -> Result<&dyn Deployed, InputError> {
        let family = self.deployed.iter().find(|family| family.name() == name);
        let what = || format!("the nodes of the family {name} do not run on sockets");
        family.map(|family| &**family).ok_or_else(|| InputError::new(place, what()))
    }

    /// The family that is named there. The first one answers for what names none: it says what is missing.
    fn family(&self, path: &Path, named: Option<&Field>) -> Result<&dyn AnyFamily, InputError> {
        let family = named.and_then(|field| self.named(field.value.as_str()?));
        match (family, named) {
            (None, Some(field)) if self.families.len() > 1 => {
                let names: Vec<_> = self.families.iter().map(|family| family.name()).collect();
                Err(field.none_of(FAMILY, &names))
            }
            _ => self.any(family).ok_or_else(|| no_family(&path.display().to_string())),
        }
    }

    /// The family of this name, or the first one if none is asked for.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn wanted(&self, name: Option<&str>) -> Result<&dyn AnyFamily, InputError> {
        let unknown = |name: &str| {
            let names: Vec<_> = self.families.iter().map(|family| family.name()).collect();
            let hint = did_you_mean(nearest(name, names.iter().copied()));
            InputError::new(format!("--family {name}"), format!("expected one of {}{hint}", names.join(", ")))
        };
        match name {
            Some(name) => self.named(name).ok_or_else(|| unknown(name)),
            None => self.any(None).ok_or_else(|| no_family("new")),
        }
    }

    fn named(&self, name: &str) -> Option<&dyn AnyFamily> {
        self.families.iter().find(|family| family.name() == name).map(|family| &**family)
    }

    /// This family, or else the first one.
    fn any<'a>(&'a self, family: Option<&'a dyn AnyFamily>) -> Option<&'a dyn AnyFamily> {
        family.or_else(|| self.families.first().map(|family| &**family))
    }
}

fn no_family(place: &str) -> InputError {
    InputError::new(place, "this program has no family of protocols")
}
