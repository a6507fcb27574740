//! Panics in code of a model: what is to blame, what it said, and where. It must not know the searches.

use super::Refusal;
use std::any::Any;
use std::fmt;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

/// A panic in code of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What panicked: which handler, property or boundary.
    pub by: String,
    /// What it said.
    pub message: String,
    /// The actions to the state that it was called for, from the initial one, as the model writes them; unless no state is
    /// known.
    pub path: Option<Vec<String>>,
}

impl Fault {
    /// The fault that a panic stands for, of this if no one was blamed for it.
    pub(super) fn caught(payload: Box<dyn Any + Send>, by: &str) -> Self {
        match payload.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(payload) => Fault { by: by.into(), message: message(payload.as_ref()), path: None },
        }
    }
}

/// Runs code of the model; a panic in it is passed on with what is to blame.
pub(super) fn blame<T>(by: impl FnOnce() -> String, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let fault = Fault::caught(payload, "");
        let by = if fault.by.is_empty() { by() } else { fault.by };
        resume_unwind(Box::new(Fault { by, ..fault }))
    })
}

/// Runs code of the model's author; a panic in it becomes a refusal.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Refusal::Panicked(Fault::caught(payload, SOMETHING)))
}

/// What is blamed for a panic that nothing in particular is blamed for.
pub(super) const SOMETHING: &str = "a handler of an actor";

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} panicked: {}", self.by, self.message)?;
        match self.path.as_deref() {
            None => Ok(()),
            Some([]) => write!(f, " (in the initial state)"),
            Some(path) => {
                write!(f, " (in the state to which these {} steps lead)", path.len())?;
                let steps = path.iter().enumerate();
                steps.into_iter().try_for_each(|(number, step)| {
                    write!(f, "\n{:>5}  {}", number + 1, step.replace('\n', "\n       "))
                })
            }
        }
    }
}
