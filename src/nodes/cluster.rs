//! All nodes of a model: launched, begun, crashed and restarted as planned, watched for consensus, and stopped
//! when nothing is in progress any more. However a run ends, no node outlives it.

use super::causal::{Causal, Happening};
use super::consensus::{chosen, have_all_aborted, learned, reasons, Consensus};
use super::launch::launch;
use super::log::Record;
use super::member::{until_next, Member, Pending};
use super::orders::{Notice, Order, Traffic};
use super::plan::{Ended, Failed, Instance, Plan, Ran, Seen};
use super::role::Role;
use super::wire::HELD_BACK;
use crate::engine::Control;
use crate::protocols::single_decree::local::Learner;
use crate::protocols::single_decree::{Local, Recovery, Setup};
use crate::vocabulary::Roster;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stateright::actor::Id;
use stateright::Model as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
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

struct Cluster<'a> {
    plan: &'a Plan,
    setup: Arc<Setup>,
    roster: Roster,
    members: Vec<Member>,
    notices: Receiver<(u64, Notice)>,
    notifier: Sender<(u64, Notice)>,
    watch: &'a mut dyn FnMut(Seen),
    instance: u32,
    begun: Instant,
    heard: Instant,
    causal: Causal,
    locals: Vec<Local>,
    chosen: Vec<Consensus>,
    decided: Option<Duration>,
    crashes: u32,
    /// Planned crashes whose moment did not come.
    too_late: u32,
    traffic: Traffic,
}

/// Runs a plan to its end.
///
/// # Errors
/// If a node cannot work: its socket not be bound, its log not be written. No node is left then.
pub fn run(plan: &Plan, control: &Control, watch: &mut dyn FnMut(Seen)) -> Result<Ran, Failed> {
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

impl<'a> Cluster<'a> {
    /// Launches every node and tells each where the others are.
    fn assemble(plan: &'a Plan, watch: &'a mut dyn FnMut(Seen)) -> Result<Self, Failed> {
        let setup = plan.model.spec.setup();
        let roster = setup.roster();
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
                amnesia: plan.amnesia,
            };
            Member { role, launched: None, mark: 0, address: None, pending: None, restart: None, has_crashed: false }
        });
        let members: Vec<_> = members.collect();
        let now = Instant::now();
        let mut cluster = Cluster {
            plan,
            setup,
            roster,
            members,
            notices,
            notifier,
            watch,
            instance: 0,
            begun: now,
            heard: now,
            causal: Causal::new(roster.len()),
            locals: Vec::new(),
            chosen: Vec::new(),
            decided: None,
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
        self.roster.name(index.into())
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
        self.chosen.clear();
        self.decided = None;
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
    /// at any moment is waited for, unless something is chosen.
    fn is_settled(&self) -> bool {
        let at_work = || (0..).zip(&self.members).filter(|(_, member)| member.launched.is_some());
        let is_idle = |member: &Member| match &member.pending {
            None => member.launched.is_none() && member.restart.is_none(), // down for the rest of the instance
            Some(pending) => {
                pending.instance == self.instance && !pending.is_busy && (!pending.may_retry || !self.chosen.is_empty())
            }
        };
        if !self.members.iter().all(is_idle) {
            return false;
        }
        let is_even = |(from, sender): (usize, &Member), (to, receiver): (usize, &Member)| {
            let counts = sender.pending.as_ref().zip(receiver.pending.as_ref());
            counts.is_none_or(|(sender, receiver)| sender.sent[to] == receiver.received[from])
        };
        let is_known = |member: &Member| !member.has_crashed;
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
        let comes_back = self.members[index].role.behaves.setup().crashes == Some(Recovery::FromStorage);
        let down = DOWN.mul_f64(0.25 + 0.75 * f64::from(self.crashes % 4) / 3.0);
        self.members[index].restart = comes_back.then(|| Instant::now() + down);
        self.heard = Instant::now();
        self.happens(index, Happening::Crash);
    }

    /// Something happened at a node. It is passed on after its cause.
    fn happens(&mut self, index: usize, what: Happening) {
        self.causal.hold(index, what);
        self.tell_what_happened(false);
    }

    fn tell_what_happened(&mut self, is_end: bool) {
        let roster = self.roster;
        while let Some((index, what)) = self.causal.next(is_end, |name| roster.id(name).map(usize::from)) {
            match what {
                Happening::Step(record) => self.step(index, &record),
                Happening::Crash => (self.watch)(Seen::Crash(self.roster.name(index.into()), self.begun.elapsed())),
            }
        }
    }

    fn hear(&mut self, mark: u64, report: Notice) -> Result<(), Failed> {
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

    fn step(&mut self, index: usize, record: &Record) {
        if record.instance != self.instance {
            return;
        }
        let elapsed = self.begun.elapsed();
        let name = self.name(index);
        (self.watch)(Seen::Step(name, record, elapsed));
        let Some(local) = &record.local else { return };
        if let (Local::Learner(Learner::Learned(proposal)), true) = (local, self.locals[index] != *local) {
            let name = self.name(index);
            (self.watch)(Seen::Learned(name, *proposal, elapsed));
        }
        self.locals[index] = local.clone();
        for consensus in chosen(&self.setup, &self.locals) {
            let known = self.chosen.iter_mut().find(|known| known.proposal == consensus.proposal);
            match known {
                Some(known) => *known = consensus,
                None => {
                    self.decided.get_or_insert(elapsed);
                    (self.watch)(Seen::Chosen(&consensus, elapsed));
                    self.chosen.push(consensus);
                }
            }
        }
    }

    fn over(&mut self, cut_off: bool) -> Instance {
        self.tell_what_happened(true);
        let chosen = std::mem::take(&mut self.chosen);
        let reasons = if chosen.is_empty() { reasons(&self.setup, &self.locals) } else { Vec::new() };
        Instance {
            aborted: chosen.is_empty() && have_all_aborted(&self.locals),
            chosen,
            learned: learned(&self.setup, &self.locals),
            decided: self.decided,
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
