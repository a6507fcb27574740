//! All nodes of a model: launched, begun, crashed and restarted as planned, watched for consensus, and stopped
//! when nothing is in progress any more. However a run ends, no node outlives it.

use super::causal::{Causal, Happening};
use super::decided::Decided;
use super::launch::launch;
use super::log::Record;
use super::member::{until_next, Member, Pending};
use super::orders::{Notice, Order, Traffic};
use super::plan::{Ended, Failed, Instance, Plan, Ran, Seen};
use super::role::Role;
use super::wire::HELD_BACK;
use crate::engine::Control;
use crate::family::{Deployable, Local, Roster};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stateright::actor::Id;
use stateright::Model as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::time::{Duration, Instant};

/// How long a crashed node that may come back is down at most.
pub const DOWN: Duration = Duration::from_millis(20);

/// How long nodes get to bind their sockets.
const BIND_WITHIN: Duration = Duration::from_secs(20);

/// Without any report for so long, beside what datagrams are held back, what went to a node that crashed, or came from it,
/// is taken for lost.
const SILENCE: Duration = Duration::from_millis(150);

/// Without any report for so long what was sent and not received is taken for lost, though nothing is known to lose it.
const LONG_SILENCE: Duration = Duration::from_secs(3);

/// How long nodes get to stop before they are killed.
const STOP_WITHIN: Duration = Duration::from_secs(2);

struct Cluster<'a, F: Deployable> {
    plan: &'a Plan<F>,
    config: F::Config,
    roster: Roster,
    members: Vec<Member<F>>,
    notices: Receiver<(u64, Notice<F>)>,
    notifier: Sender<(u64, Notice<F>)>,
    watch: &'a mut dyn FnMut(Seen<F>),
    instance: u32,
    begun: Instant,
    heard: Instant,
    causal: Causal<F>,
    locals: Vec<Local<F>>,
    decided: Decided,
    crashes: u32,
    /// Planned crashes whose moment did not come.
    too_late: u32,
    traffic: Traffic,
}

/// Runs a plan to its end.
///
/// # Errors
/// If a node cannot work: its socket not be bound, its log not be written. No node is left then.
pub fn run<F: Deployable>(plan: &Plan<F>, control: &Control, watch: &mut dyn FnMut(Seen<F>)) -> Result<Ran<F>, Failed> {
    let mut cluster = Cluster::assemble(plan, watch)?;
    let started = Instant::now();
    let mut instances = Vec::new();
    let mut ended = Ended::Quiet;
    for instance in 0..plan.instances {
        cluster.begin(instance)?;
        ended = cluster.until_over(started, control)?;
        let over = cluster.over(ended != Ended::Quiet);
        (cluster.watch)(Seen::Over(instance, &over));
        instances.push(over);
        if ended != Ended::Quiet {
            break;
        }
    }
    let elapsed = started.elapsed();
    let too_late = cluster.too_late;
    let traffic = cluster.disband();
    Ok(Ran { instances, ended, traffic, too_late, elapsed })
}

impl<'a, F: Deployable> Cluster<'a, F> {
    /// Launches every node and tells each where the others are.
    fn assemble(plan: &'a Plan<F>, watch: &'a mut dyn FnMut(Seen<F>)) -> Result<Self, Failed> {
        let (config, roster) = (plan.model.spec.config(), plan.model.spec.roster());
        let (notifier, notices) = channel();
        let members = (0..roster.len()).map(|index| {
            let id = Id::from(index);
            let tampered = plan.tampered.iter().find(|(node, _)| *node == id);
            let role = Role {
                name: plan.model.name.clone(),
                spec: plan.model.spec.clone(),
                expect: plan.model.expect.clone(),
                behaves: tampered.map_or_else(|| plan.model.spec.clone(), |(_, spec)| spec.clone()),
                id,
                run: plan.run,
                seed: plan.seed,
                faults: plan.faults,
                patience: plan.patience,
                log: plan.logs.join(format!("{}.log", roster.name(id))),
            };
            Member { role, launched: None, mark: 0, address: None, pending: None, restart: None, has_crashed: false }
        });
        let members: Vec<_> = members.collect();
        let (now, causal) = (Instant::now(), Causal::new(roster.len()));
        let mut cluster = Cluster {
            plan,
            config,
            roster,
            members,
            notices,
            notifier,
            watch,
            instance: 0,
            begun: now,
            heard: now,
            causal,
            locals: Vec::new(),
            decided: Decided::default(),
            crashes: 0,
            too_late: 0,
            traffic: Traffic::default(),
        };
        for index in 0..cluster.members.len() {
            cluster.launch(index, false)?;
        }
        cluster.await_bound()?;
        for member in 0..cluster.members.len() {
            if let Some(address) = cluster.members[member].address {
                let name = cluster.name(member);
                (cluster.watch)(Seen::Bound(name, address));
            }
        }
        Ok(cluster)
    }

    fn name(&self, index: usize) -> String {
        self.roster.name(index.into()).to_string()
    }

    fn failed(&self, index: usize, what: impl Into<String>) -> Failed {
        Failed { node: self.name(index), what: what.into() }
    }

    /// Launches a node, at the address that it had before.
    fn launch(&mut self, index: usize, resumes: bool) -> Result<(), Failed> {
        let nodes = self.members.len() as u64;
        let member = &mut self.members[index];
        let bind = member.address.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        member.mark = if member.mark == 0 { nodes + index as u64 } else { member.mark + nodes };
        member.pending = None;
        member.restart = None;
        let launched = launch(&self.plan.launch, &member.role, bind, resumes, member.mark, &self.notifier);
        self.members[index].launched = Some(launched.map_err(|error| self.failed(index, error.to_string()))?);
        Ok(())
    }

    /// Waits until every node that runs has bound its socket, then introduces them.
    fn await_bound(&mut self) -> Result<(), Failed> {
        let until = Instant::now() + BIND_WITHIN;
        while let Some(index) = self.members.iter().position(|member| member.address.is_none()) {
            match self.notices.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((mark, report)) => self.hear(mark, report)?,
                Err(_) => return Err(self.failed(index, "its socket was not bound in time")),
            }
        }
        (0..self.members.len()).for_each(|index| self.introduce(index));
        Ok(())
    }

    fn introduce(&mut self, index: usize) {
        let addresses: Vec<_> = self.members.iter().filter_map(|member| member.address).collect();
        self.tell(index, Order::Meet(addresses));
    }

    fn tell(&mut self, index: usize, order: Order) {
        if let Some(launched) = &mut self.members[index].launched {
            launched.tell(order);
        }
    }

    /// Begins an instance, with every node up.
    fn begin(&mut self, instance: u32) -> Result<(), Failed> {
        self.instance = instance;
        for index in 0..self.members.len() {
            if self.members[index].launched.is_none() {
                self.launch(index, true)?;
                self.introduce(index);
            }
        }
        let initial = self.plan.model.spec.model().init_states();
        self.locals = initial[0].actor_states.iter().map(|local| (**local).clone()).collect();
        self.decided = Decided::default();
        self.crashes = 0;
        self.members.iter_mut().for_each(|member| member.has_crashed = false);
        self.begun = Instant::now();
        self.heard = self.begun;
        (0..self.members.len()).for_each(|index| self.tell(index, Order::Begin(instance)));
        Ok(())
    }

    /// Watches the instance until nothing more can happen in it, or until something ends the run.
    fn until_over(&mut self, started: Instant, control: &Control) -> Result<Ended, Failed> {
        let mut crashes = self.planned_crashes();
        loop {
            let now = Instant::now();
            if control.is_interrupted() {
                return Ok(Ended::Interrupted);
            }
            if started.elapsed() >= self.plan.deadline {
                return Ok(Ended::Deadline);
            }
            while crashes.last().is_some_and(|(at, _)| *at <= now) {
                if let Some((_, index)) = crashes.pop() {
                    self.kill(index)?;
                }
            }
            for index in 0..self.members.len() {
                if self.members[index].restart.is_some_and(|at| at <= now) {
                    self.launch(index, true)?;
                    self.introduce(index);
                    self.tell(index, Order::Begin(self.instance));
                }
            }
            self.tell_what_happened(false);
            if self.is_settled() {
                self.too_late += crashes.len() as u32;
                return Ok(Ended::Quiet);
            }
            let pause = Duration::from_millis(10).min(until_next(&crashes, &self.members));
            if let Ok((mark, report)) = self.notices.recv_timeout(pause) {
                self.hear(mark, report)?;
            }
        }
    }

    /// The crashes of this instance with their moments, the next one last.
    fn planned_crashes(&self) -> Vec<(Instant, usize)> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.plan.seed ^ u64::from(self.instance).rotate_left(32));
        let mut moments: Vec<_> = self
            .plan
            .crashes
            .iter()
            .map(|crash| {
                let after = rng.random_range(crash.from.as_micros() as u64..=crash.to.as_micros() as u64);
                (self.begun + Duration::from_micros(after), usize::from(crash.node))
            })
            .collect();
        moments.sort_by(|a, b| b.cmp(a));
        moments
    }

    /// True iff nothing is under way: every node is idle, and for each two of them as much was received as was sent. Each
    /// report was made by a node that had worked off all its input, so the first thing to happen after the notices would be
    /// the arrival of a datagram sent before them, which the counts of its way would show. A proposer that may start over
    /// at any moment is waited for, unless nothing is left to choose.
    fn is_settled(&self) -> bool {
        let at_work = || (0..).zip(&self.members).filter(|(_, member)| member.launched.is_some());
        let is_idle = |member: &Member<F>| match &member.pending {
            None => member.launched.is_none() && member.restart.is_none(), // down for the rest of the instance
            Some(pending) => {
                pending.instance == self.instance
                    && !pending.is_busy
                    && (!pending.may_retry || F::is_complete(&self.config, &self.decided.decisions))
            }
        };
        if !self.members.iter().all(is_idle) {
            return false;
        }
        let is_even = |(from, sender): (usize, &Member<F>), (to, receiver): (usize, &Member<F>)| {
            let counts = sender.pending.as_ref().zip(receiver.pending.as_ref());
            counts.is_none_or(|(sender, receiver)| sender.sent[to] == receiver.received[from])
        };
        let is_known = |member: &Member<F>| !member.has_crashed;
        let ways = || at_work().flat_map(|sender| at_work().map(move |receiver| (sender, receiver)));
        let are_known_ways_even = ways()
            .filter(|(sender, receiver)| is_known(sender.1) && is_known(receiver.1))
            .all(|(sender, receiver)| is_even(sender, receiver));
        let held_back = self.plan.faults.delay + HELD_BACK;
        let silence = match (are_known_ways_even, self.members.iter().all(is_known)) {
            (true, true) => return true,
            (true, false) => SILENCE,
            (false, _) => LONG_SILENCE,
        };
        self.heard.elapsed() > silence + held_back
    }

    /// Kills a node that is up, and has everything that it reported heard.
    fn kill(&mut self, index: usize) -> Result<(), Failed> {
        let Some(mut launched) = self.members[index].launched.take() else { return Ok(()) };
        launched.kill();
        let mark = self.members[index].mark;
        while let Ok((from, report)) = self.notices.recv_timeout(SILENCE) {
            if (from, &report) == (mark, &Notice::Gone) {
                break;
            }
            self.hear(from, report)?;
        }
        self.mourn(index);
        Ok(())
    }

    /// A node is dead. If it may come back it will.
    fn mourn(&mut self, index: usize) {
        self.crashes += 1;
        self.members[index].has_crashed = true;
        self.members[index].pending = None;
        let comes_back = self.members[index].role.behaves.environment.may_recover();
        let down = DOWN.mul_f64(0.25 + 0.75 * f64::from(self.crashes % 4) / 3.0);
        self.members[index].restart = comes_back.then(|| Instant::now() + down);
        self.heard = Instant::now();
        self.happens(index, Happening::Crash);
    }

    /// Something happened at a node. It is passed on after its cause.
    fn happens(&mut self, index: usize, what: Happening<F>) {
        self.causal.hold(index, what);
        self.tell_what_happened(false);
    }

    fn tell_what_happened(&mut self, is_end: bool) {
        let roster = self.roster.clone();
        while let Some((index, what)) = self.causal.next(is_end, |name| roster.id(name).map(usize::from)) {
            match what {
                Happening::Step(record) => self.step(index, &record),
                Happening::Crash => {
                    let name = self.name(index);
                    (self.watch)(Seen::Crash(name, self.begun.elapsed()));
                }
            }
        }
    }

    fn hear(&mut self, mark: u64, report: Notice<F>) -> Result<(), Failed> {
        let index = (mark % self.members.len() as u64) as usize;
        let is_current = self.members[index].mark == mark;
        self.heard = Instant::now();
        match report {
            Notice::Bound(address) => self.members[index].address = Some(address),
            Notice::Torn { byte, .. } => {
                let name = self.name(index);
                (self.watch)(Seen::Torn(name, byte));
            }
            Notice::Step(record) => self.happens(index, Happening::Step(Box::new(record))),
            Notice::Pending { instance, sent, received, is_busy, may_retry } if is_current => {
                self.members[index].pending = Some(Pending { instance, sent, received, is_busy, may_retry });
            }
            Notice::Pending { .. } | Notice::Awaits(_) | Notice::Without(_) => {}
            Notice::Stopped(traffic) => self.traffic += traffic,
            Notice::Failed(what) => return Err(self.failed(index, what)),
            Notice::Gone if is_current => {
                if let Some(mut launched) = self.members[index].launched.take() {
                    if launched.has_exited() {
                        return Err(self.failed(index, "it ended by itself"));
                    }
                    self.mourn(index);
                }
            }
            Notice::Gone => {}
        }
        Ok(())
    }

    fn step(&mut self, index: usize, record: &Record<F>) {
        if record.instance != self.instance {
            return;
        }
        let elapsed = self.begun.elapsed();
        let name = self.name(index);
        (self.watch)(Seen::Step(name, record, elapsed));
        let Some(local) = &record.local else { return };
        if let Some(value) =
            F::announced(local).filter(|value| F::announced(&self.locals[index]).as_ref() != Some(value))
        {
            let name = self.name(index);
            (self.watch)(Seen::Announced(name, value, elapsed));
        }
        self.decided.propose(F::proposed(local), elapsed);
        self.locals[index] = local.clone();
        for decision in F::decisions(&self.config, &self.locals) {
            if self.decided.decide::<F>(&decision, elapsed) {
                (self.watch)(Seen::Decided(&decision, elapsed));
            }
        }
    }

    fn over(&mut self, cut_off: bool) -> Instance<F> {
        self.tell_what_happened(true);
        let Decided { decisions, first, latencies, .. } = std::mem::take(&mut self.decided);
        let is_open = decisions.is_empty();
        let reasons = if is_open { F::reasons(&self.config, &self.locals) } else { Vec::new() };
        let announced = self.locals.iter().enumerate();
        let announced = announced.filter_map(|(index, local)| Some((self.name(index), F::announced(local)?)));
        Instance {
            aborted: is_open && F::has_given_up(&self.locals),
            announced: announced.collect(),
            decisions,
            decided: first,
            latencies,
            reasons,
            locals: self.locals.clone(),
            crashes: self.crashes,
            cut_off,
        }
    }

    /// Stops every node and waits for it.
    fn disband(mut self) -> Traffic {
        (0..self.members.len()).for_each(|index| self.tell(index, Order::Stop));
        let mut at_work = self.members.iter().filter(|member| member.launched.is_some()).count();
        let until = Instant::now() + STOP_WITHIN;
        while at_work > 0 {
            match self.notices.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((_, Notice::Stopped(traffic))) => self.traffic += traffic,
                Ok((mark, Notice::Gone)) => {
                    let index = (mark % self.members.len() as u64) as usize;
                    let member = &mut self.members[index];
                    at_work -= usize::from(member.mark == mark && member.launched.take().is_some());
                }
                Ok(_) => {}
                Err(_) => break, // those that do not stop are killed when they are dropped
            }
        }
        self.traffic
    }
}
