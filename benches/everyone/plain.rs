//! Plain models: two-phase commit, and a puzzle whose state is one value.

use stateright::{Model, Property};
use std::collections::BTreeSet;

/// Resource managers that prepare or abort, and a transaction manager that decides when all are prepared.
pub struct TwoPhase {
    pub managers: u8,
    pub bare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    Open,
    Commit,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    Prepared(u8),
    Commit,
    Abort,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    managers: Vec<Manager>,
    decision: Decision,
    heard: Vec<bool>,
    notes: BTreeSet<Note>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Hear(u8),
    Commit,
    Abort,
    Prepare(u8),
    GiveUp(u8),
    ObeyCommit(u8),
    ObeyAbort(u8),
}

impl Model for TwoPhase {
    type State = Transaction;
    type Action = Act;

    fn init_states(&self) -> Vec<Transaction> {
        let managers = usize::from(self.managers);
        let (managers, heard) = (vec![Manager::Working; managers], vec![false; managers]);
        vec![Transaction { managers, decision: Decision::Open, heard, notes: BTreeSet::new() }]
    }

    fn actions(&self, state: &Transaction, actions: &mut Vec<Act>) {
        if state.decision == Decision::Open {
            if state.heard.iter().all(|heard| *heard) {
                actions.push(Act::Commit);
            }
            actions.push(Act::Abort);
        }
        for manager in 0..self.managers {
            let place = usize::from(manager);
            if state.decision == Decision::Open && !state.heard[place] && state.notes.contains(&Note::Prepared(manager))
            {
                actions.push(Act::Hear(manager));
            }
            if state.managers[place] == Manager::Working {
                actions.extend([Act::Prepare(manager), Act::GiveUp(manager)]);
            }
            if state.notes.contains(&Note::Commit) && state.managers[place] != Manager::Committed {
                actions.push(Act::ObeyCommit(manager));
            }
            if state.notes.contains(&Note::Abort) && state.managers[place] != Manager::Aborted {
                actions.push(Act::ObeyAbort(manager));
            }
        }
    }

    fn next_state(&self, state: &Transaction, action: Act) -> Option<Transaction> {
        let mut next = state.clone();
        match action {
            Act::Hear(manager) => next.heard[usize::from(manager)] = true,
            Act::Commit => {
                next.decision = Decision::Commit;
                next.notes.insert(Note::Commit);
            }
            Act::Abort => {
                next.decision = Decision::Abort;
                next.notes.insert(Note::Abort);
            }
            Act::Prepare(manager) => {
                next.managers[usize::from(manager)] = Manager::Prepared;
                next.notes.insert(Note::Prepared(manager));
            }
            Act::GiveUp(manager) => next.managers[usize::from(manager)] = Manager::Aborted,
            Act::ObeyCommit(manager) => next.managers[usize::from(manager)] = Manager::Committed,
            Act::ObeyAbort(manager) => next.managers[usize::from(manager)] = Manager::Aborted,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("(never fails)", |_, _| true)];
        if !self.bare {
            properties.extend([
                Property::<Self>::always("consistent", |_, state| {
                    let has = |manager| state.managers.contains(&manager);
                    !(has(Manager::Committed) && has(Manager::Aborted))
                }),
                Property::<Self>::sometimes("commit", |_, state| {
                    state.managers.iter().all(|manager| *manager == Manager::Committed)
                }),
                Property::<Self>::sometimes("abort", |_, state| {
                    state.managers.iter().all(|manager| *manager == Manager::Aborted)
                }),
            ]);
        }
        properties
    }
}

/// Eight tiles on three by three places.
pub struct Puzzle {
    pub bare: bool,
}

impl Model for Puzzle {
    type State = Vec<u8>;
    type Action = u8;

    fn init_states(&self) -> Vec<Vec<u8>> {
        vec![vec![1, 4, 2, 3, 5, 8, 6, 7, 0]]
    }

    fn actions(&self, _: &Vec<u8>, actions: &mut Vec<u8>) {
        actions.extend([0, 1, 2, 3]);
    }

    fn next_state(&self, state: &Vec<u8>, action: u8) -> Option<Vec<u8>> {
        let hole = state.iter().position(|tile| *tile == 0)?;
        let other = match action {
            0 if hole >= 3 => hole - 3,
            1 if hole < 6 => hole + 3,
            2 if !hole.is_multiple_of(3) => hole - 1,
            3 if hole % 3 < 2 => hole + 1,
            _ => return None,
        };
        let mut next = state.clone();
        next.swap(hole, other);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("(never fails)", |_, _| true)];
        if !self.bare {
            properties.push(Property::<Self>::sometimes("solved", |_, state| state.is_sorted()));
        }
        properties
    }
}
