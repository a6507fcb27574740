//! What all executions of an actor system come to: temporal properties, decided on its whole state graph. It must not
//! know how states are found.
//!
//! # Executions
//!
//! An *execution* is a sequence of transitions from the initial state that goes on for ever, or ends in a state where
//! nothing is *due*. Due is what nodes and network do by themselves: a delivery, a timer, a random choice, where it is a
//! transition. Faults (losses, crashes, recoveries) may happen and never have to. An execution is *fair* iff
//!
//! * nothing that is due is put off for ever: a delivery, a timer or a choice that stays possible from some state on is made
//!   again and again (weak fairness). A crash of the addressee interrupts a delivery, as does a state in which it changes
//!   nothing. The options of one choice are alternatives: one of them has to be chosen;
//! * loss is fair: an envelope that is lost again and again where it could have been delivered is delivered again and again;
//! * crashes are finitely many. A node that is down may stay down.
//!
//! So a message that is sent anew for ever, or stays in flight of a duplicating network, is received sometime by a node that
//! goes on taking it, and everything else in a cycle of the graph may repeat for ever. Executions of a model with fewer
//! faults are executions of the model with more of them.
//!
//! # Properties
//!
//! * *inevitably P* ([`Temporal::Inevitably`]): on every fair execution there is a state where P is true. A counterexample is
//!   a [`Lasso`] on which it never is.
//! * *always possibly P* ([`Temporal::AlwaysPossibly`]): from every reachable state some sequence of transitions, faults
//!   included, leads to a state where P is true. It needs no fairness. A counterexample is a shortest path to a state from
//!   which none does.
//!
//! Neither is stateright's `eventually`, whose counterexamples end in terminal states: cycles are none there.
//!
//! # How it works
//!
//! A fair execution on which P is never true stays, from some state on, in one strongly connected component of the states
//! without P and the transitions that are no crashes, where everything due that is possible in all states is also done.
//! Where a loss in it is never made good, the component is searched again without that loss (as one decides Streett
//! conditions). The components are Tarjan's, and so is the order in which "P can still happen" is handed back.

mod fair;
mod lasso;

use super::components::graph::{explore, Condition, Explored};
use super::{Action, Checkable, Control, Counts, Limits, Refusal, State, Stopped, Verdict};
use fair::{Part, Path};
use stateright::actor::{Actor, ActorModel};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// What a temporal property says of its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporal {
    /// Every fair execution comes to a state where it is true.
    Inevitably,
    /// From every reachable state one where it is true can be reached.
    AlwaysPossibly,
}

/// A temporal property of an actor system.
pub struct Asked<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// What it is called.
    pub name: &'static str,
    /// What is said of the condition.
    pub says: Temporal,
    /// The condition, of whole states.
    pub condition: Condition<A, C, H>,
    /// Actions that do not happen: only executions without them are looked at, and states that are reachable without
    /// them. `None` bars nothing.
    pub without: Option<Arc<dyn Fn(&Action<A>) -> bool + Send + Sync>>,
}

/// The actions of a path that may repeat for ever.
#[derive(Clone, PartialEq, Eq)]
pub struct Lasso<A: Actor> {
    /// The actions from the initial state. There is no shorter path to what follows; among the shortest it is the least,
    /// comparing paths action by action in the order of stateright's `ActorModel::actions`.
    pub stem: Vec<Action<A>>,
    /// The actions that follow, and lead back to where they begin. There are none if nothing is due at the end of the
    /// stem, and for [`Temporal::AlwaysPossibly`].
    pub repeats: Vec<Action<A>>,
}

impl<A: Actor<Msg: Debug, Timer: Debug, Random: Debug>> Debug for Lasso<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lasso").field("stem", &self.stem).field("repeats", &self.repeats).finish()
    }
}

/// What is known of a temporal property.
#[derive(Clone, Debug)]
pub struct Answer<A: Actor> {
    /// What it is called.
    pub name: &'static str,
    /// [`Verdict::Holds`], [`Verdict::Violated`], or [`Verdict::Unknown`] if not everything was explored.
    pub verdict: Verdict,
    /// The counterexample, if it is violated.
    pub counterexample: Option<Lasso<A>>,
    /// The states that were looked at in which nothing is due. If there are no faults they are the terminal states.
    pub at_rest: u64,
    /// Those of them in which the condition is false.
    pub at_rest_without: u64,
}

/// What a check of temporal properties found.
#[derive(Clone, Debug)]
pub struct Decided<A: Actor> {
    /// Why the exploration ended; only [`Stopped::Exhausted`] decides anything.
    pub stopped: Stopped,
    /// How much was explored.
    pub counts: Counts,
    /// The answers, in the order in which was asked.
    pub answers: Vec<Answer<A>>,
}

impl<A: Actor> Decided<A> {
    /// What is known of a property, if there is one of that name.
    pub fn answer(&self, name: &str) -> Option<&Answer<A>> {
        self.answers.iter().find(|answer| answer.name == name)
    }

    /// What is known of a property, if there is one of that name.
    pub fn verdict(&self, name: &str) -> Option<Verdict> {
        self.answer(name).map(|answer| answer.verdict)
    }

    /// Passes iff every property holds, and that is certain.
    ///
    /// # Panics
    ///
    /// Panics if one is violated, and shows its counterexample, or if the exploration ended early.
    pub fn assert_properties(&self) {
        for answer in &self.answers {
            match &answer.counterexample {
                Some(lasso) => panic!("property {:?} is violated: {lasso:?}", answer.name),
                None if answer.verdict == Verdict::Holds => {}
                None => {
                    panic!("property {:?} is unknown: the exploration ended ({})", answer.name, self.stopped.name())
                }
            }
        }
    }
}

/// A check of temporal properties to be run; made by [`executions()`].
pub struct Executions<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    model: Arc<ActorModel<A, C, H>>,
    asked: Vec<Asked<A, C, H>>,
    limits: Limits,
    control: Arc<Control>,
}

/// Checks temporal properties of an actor system. The properties that the model has itself are not looked at: they are
/// for [`check()`](super::check()).
///
/// ```
/// use stateright::actor::{model_timeout, Actor, ActorModel, Id, Network, Out};
/// use std::borrow::Cow;
/// use synod::engine::{executions, Verdict};
///
/// /// A client that asks again until it is answered, and a server.
/// enum Node { Client, Server }
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
/// enum Message { Question, Answer }
///
/// impl Actor for Node {
///     type Msg = Message;
///     type State = bool; // whether the client has its answer
///     type Timer = ();
///     type Random = ();
///     type Storage = ();
///
///     fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> bool {
///         if let Node::Client = self {
///             out.set_timer((), model_timeout());
///         }
///         false
///     }
///
///     fn on_timeout(&self, _: Id, _: &mut Cow<bool>, (): &(), out: &mut Out<Self>) {
///         out.send(Id::from(1), Message::Question);
///         out.set_timer((), model_timeout());
///     }
///
///     fn on_msg(&self, _: Id, answered: &mut Cow<bool>, from: Id, message: Message, out: &mut Out<Self>) {
///         match (self, message) {
///             (Node::Server, Message::Question) => out.send(from, Message::Answer),
///             (Node::Client, Message::Answer) => {
///                 *answered.to_mut() = true;
///                 out.cancel_timer(());
///             }
///             _ => {}
///         }
///     }
/// }
///
/// let model = |max_crashes| ActorModel::new((), ())
///     .actors([Node::Client, Node::Server])
///     .init_network(Network::new_unordered_duplicating([]))
///     .max_crashes(max_crashes);
/// let decided = executions(model(0))
///     .inevitably("answered", |_, state| *state.actor_states[0])
///     .always_possibly("answer", |_, state| *state.actor_states[0])
///     .run()?;
/// decided.assert_properties();
///
/// let decided = executions(model(1)).inevitably("answered", |_, state| *state.actor_states[0]).run()?;
/// assert_eq!(decided.verdict("answered"), Some(Verdict::Violated)); // the server crashes, or the client
/// # Ok::<(), synod::engine::Refusal>(())
/// ```
pub fn executions<A, C, H>(model: ActorModel<A, C, H>) -> Executions<A, C, H>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
{
    Executions { model: Arc::new(model), asked: Vec::new(), limits: Limits::default(), control: Arc::default() }
}

impl<A, C, H> Executions<A, C, H>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
{
    /// Asks whether every fair execution comes to a state where the condition is true.
    pub fn inevitably(self, name: &'static str, condition: fn(&ActorModel<A, C, H>, &State<A, H>) -> bool) -> Self
    where
        A: 'static,
        C: 'static,
        H: 'static,
    {
        self.ask(Asked { name, says: Temporal::Inevitably, condition: Arc::new(condition), without: None })
    }

    /// Asks whether from every reachable state one can be reached where the condition is true.
    pub fn always_possibly(self, name: &'static str, condition: fn(&ActorModel<A, C, H>, &State<A, H>) -> bool) -> Self
    where
        A: 'static,
        C: 'static,
        H: 'static,
    {
        self.ask(Asked { name, says: Temporal::AlwaysPossibly, condition: Arc::new(condition), without: None })
    }

    /// Asks about one more property.
    pub fn ask(mut self, asked: Asked<A, C, H>) -> Self {
        self.asked.push(asked);
        self
    }

    /// When to give up; never unless set.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Through which to watch and interrupt the exploration.
    pub fn control(mut self, control: Arc<Control>) -> Self {
        self.control = control;
        self
    }

    /// Explores the model and decides.
    ///
    /// # Errors
    ///
    /// Refuses a model that cannot be explored exactly, and gives up when code of the model panics.
    pub fn run(self) -> Result<Decided<A>, Refusal> {
        let conditions: Vec<_> = self.asked.iter().map(|asked| asked.condition.clone()).collect();
        let explored = explore(self.model, &conditions, &self.limits, &self.control)?;
        let answers = self.asked.iter().zip(&explored.is_true);
        let answers = answers.map(|(asked, is_true)| answer(asked, &explored, is_true)).collect();
        Ok(Decided { stopped: explored.stopped, counts: explored.counts, answers })
    }
}

fn answer<A, C, H>(asked: &Asked<A, C, H>, explored: &Explored<A>, is_true: &[bool]) -> Answer<A>
where
    A: Checkable,
    H: Clone + Debug + Hash,
{
    let name = asked.name;
    if explored.stopped != Stopped::Exhausted || explored.graph.len() == 0 {
        let verdict = if explored.stopped == Stopped::Exhausted { Verdict::Holds } else { Verdict::Unknown };
        return Answer { name, verdict, counterexample: None, at_rest: 0, at_rest_without: 0 };
    }
    let is_barred = |action: &Action<A>| asked.without.as_ref().is_some_and(|without| without(action));
    let barred: Vec<bool> = explored.actions.iter().map(is_barred).collect();
    let part = Part { graph: &explored.graph, barred: &barred, goal: is_true };
    let found = match asked.says {
        Temporal::Inevitably => part.avoids_goal(),
        Temporal::AlwaysPossibly => part.loses_goal(),
    };
    let actions = |path: &[u32]| path.iter().map(|&action| explored.actions[action as usize].clone()).collect();
    let counterexample = found.map(|Path { stem, repeats }| Lasso { stem: actions(&stem), repeats: actions(&repeats) });
    let (at_rest, at_rest_without) = part.at_rest();
    let verdict = if counterexample.is_some() { Verdict::Violated } else { Verdict::Holds };
    Answer { name, verdict, counterexample, at_rest, at_rest_without }
}
