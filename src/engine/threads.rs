//! The worker threads of a search or a simulation: the one place that asks the system for them. A system that denies
//! them slows the work down and does not end it.

use super::Control;

/// Worker threads, or the caller's own thread if there is to be one, or if the system has no others.
pub(crate) struct Workers(Option<rayon::ThreadPool>);

impl Workers {
    /// As many threads as asked for, or the caller's own; then the control knows why.
    pub(crate) fn new(threads: usize, control: &Control) -> Self {
        if threads <= 1 {
            return Workers(None);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Workers(pool.map_err(|error| control.deny_threads(threads, &error)).ok())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.as_ref().map_or(1, rayon::ThreadPool::current_num_threads)
    }

    /// Runs work that may be shared among the threads (`true`), or not, if there is one.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce(bool) -> T + Send) -> T {
        match &self.0 {
            Some(pool) => pool.install(|| work(true)),
            None => work(false),
        }
    }

    /// Runs the same work on every thread at once.
    #[cfg(feature = "tool")]
    pub(crate) fn run_on_each(&self, work: impl Fn() + Sync) {
        match &self.0 {
            Some(pool) => _ = pool.broadcast(|_| work()),
            None => work(),
        }
    }
}
