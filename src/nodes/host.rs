//! One node: an event loop around the handlers of its [`Actor`]. It delivers what arrives, fires timers, and keeps what
//! the model's network would keep: a message without an effect stays in flight and is offered again after the
//! node's next step. Every step is logged before anything of it leaves.

use super::arrivals::Arrivals;
use super::datagram::{self, Dropped, Envelope, Mail, Office};
use super::gathering::Gathering;
use super::log::{Event, Writer};
use super::orders::{Input, Notice, Order, Traffic};
use super::role::{past, Past, Role};
use super::session::Session;
use super::stream;
use super::wire::Wire;
use crate::family::{Delivery, Deployable, Pace};
use crate::input::InputError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use stateright::actor::{Actor, Command, Id, Out};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// The most messages that are kept until the node has met the others, or until their instance begins.
const MAX_EARLY: usize = 4096;

/// A running node.
pub struct Host<'a, F: Deployable> {
    pub(super) role: &'a Role<F>,
    pub(super) node: F::Node,
    /// The nodes that wait for others to begin.
    waiting: Vec<Id>,
    socket: UdpSocket,
    pub(super) office: Office,
    pub(super) log: Writer,
    past: Option<Past<F>>,
    gathering: Option<Gathering>,
    pub(super) session: Option<Session<F>>,
    /// What arrived before the node knew where the others are.
    unread: Vec<Input>,
    /// Messages of an instance that has not begun here.
    early: Vec<Envelope<F>>,
    traffic: Traffic,
    told: Option<Notice<F>>,
    pub(super) report: &'a mut dyn FnMut(Notice<F>),
}

impl<'a, F: Deployable> Host<'a, F> {
    /// Opens the node's log, or goes on with the one that it left behind.
    ///
    /// # Errors
    /// If there is a log that is not this node's, that is corrupt, or that cannot be written.
    pub fn new(
        role: &'a Role<F>,
        socket: UdpSocket,
        report: &'a mut dyn FnMut(Notice<F>),
        resumes: bool,
    ) -> Result<Self, InputError> {
        let mut model = role.behaves.model();
        let roster = role.behaves.roster();
        let waits = |id: &Id| !begins(&model.actors[usize::from(*id)], *id);
        let waiting = (0..roster.len()).map(Id::from).filter(waits).collect();
        let unwritable = |error: io::Error| InputError::new(role.log.display().to_string(), error.to_string());
        let earlier = if resumes { role.earlier()? } else { None };
        let (log, past) = match &earlier {
            None => (Writer::begin(&role.log, &role.header()).map_err(unwritable)?, None),
            Some(earlier) => {
                if earlier.torn > 0 {
                    report(Notice::Torn { byte: earlier.intact, bytes: earlier.torn, kept: earlier.records.len() });
                }
                let past = past(&earlier.records, &roster);
                (Writer::resume(&role.log, earlier).map_err(unwritable)?, past)
            }
        };
        let node = model.actors.swap_remove(role.id.into());
        let office = Office { run: role.run, roster, me: role.id, addresses: Vec::new() };
        Ok(Host {
            role,
            node,
            waiting,
            socket,
            office,
            log,
            past,
            gathering: None,
            session: None,
            unread: Vec::new(),
            early: Vec::new(),
            traffic: Traffic::default(),
            told: None,
            report,
        })
    }

    /// Says where the node is bound.
    pub fn announce(self, bound: SocketAddr) -> Self {
        (self.report)(Notice::Bound(bound));
        self
    }

    /// Works until it is stopped, or until its parent is gone.
    ///
    /// # Errors
    /// If the log cannot be written, or if the node cannot come back.
    pub fn run(mut self, inputs: &Receiver<Input>) -> Result<Traffic, InputError> {
        loop {
            self.gather()?;
            self.fire()?;
            self.flush();
            let input = match inputs.try_recv() {
                Ok(input) => input,
                Err(TryRecvError::Disconnected) => return Ok(self.traffic),
                Err(TryRecvError::Empty) => {
                    self.tell_what_is_pending();
                    match self.wait(inputs) {
                        Ok(input) => input,
                        Err(RecvTimeoutError::Timeout) => continue,
                        Err(RecvTimeoutError::Disconnected) => return Ok(self.traffic),
                    }
                }
            };
            match input {
                Input::Order(Order::Meet(addresses)) => {
                    self.office.addresses = addresses;
                    for input in std::mem::take(&mut self.unread) {
                        self.read(&input)?;
                    }
                }
                Input::Order(Order::Begin(instance)) => self.begin(instance)?,
                Input::Order(Order::Gather(within)) => self.await_others(within),
                Input::Order(Order::Stop) => {
                    self.tell_unrecorded(true)?;
                    return Ok(self.traffic);
                }
                Input::Order(Order::Vanish) => return Ok(Traffic::default()),
                mail if self.office.addresses.is_empty() => {
                    if self.unread.len() < MAX_EARLY {
                        self.unread.push(mail);
                    }
                }
                mail => self.read(&mail)?,
            }
        }
    }

    /// Something has arrived.
    fn read(&mut self, input: &Input) -> Result<(), InputError> {
        let mail = match input {
            Input::Datagram(bytes, source) => self.office.read(bytes, *source),
            Input::Stream(bytes, source) => self.office.read_stream(bytes, *source),
            Input::Order(_) => return Ok(()),
        };
        match mail {
            Ok(Mail::Envelope(envelope)) => self.receive(envelope)?,
            Ok(Mail::Greeting { from, is_answer }) => {
                if let Some(gathering) = &mut self.gathering {
                    gathering.welcome(from);
                }
                if !is_answer {
                    self.greet(from, true);
                }
            }
            Err(Dropped::Oversized) => self.traffic.oversized += 1,
            Err(Dropped::Malformed) => self.traffic.malformed += 1,
            Err(Dropped::Foreign) => self.traffic.foreign += 1,
        }
        Ok(())
    }

    fn wait(&self, inputs: &Receiver<Input>) -> Result<Input, RecvTimeoutError> {
        let session = self.session.as_ref();
        let timer = session.and_then(|session| session.timers.values().min().copied());
        let held = session.and_then(|session| session.wire.next());
        let gathering = self.gathering.as_ref().map(Gathering::next);
        let choice = session.filter(|session| !session.choices.is_empty()).map(|_| Instant::now());
        match timer.into_iter().chain(held).chain(gathering).chain(choice).min() {
            Some(until) => inputs.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Says what this node still waits for, once it has worked off everything that arrived.
    fn tell_what_is_pending(&mut self) {
        let Some(session) = &self.session else { return };
        let pending = Notice::Pending {
            instance: session.instance,
            sent: session.sent.clone(),
            received: session.received.clone(),
            is_busy: session.wire.next().is_some()
                || !session.choices.is_empty()
                || session.timers.keys().any(|timer| F::pace(timer) == Pace::Soon),
            may_retry: session.timers.keys().any(|timer| F::pace(timer) == Pace::Patient),
        };
        if self.told.as_ref() != Some(&pending) {
            (self.report)(pending.clone());
            self.told = Some(pending);
        }
    }

    /// Waits for the nodes that send nothing first, if this is one that does: what it sends would be lost on them. One that
    /// comes back from a crash has begun.
    fn await_others(&mut self, within: Duration) {
        let is_first = !self.waiting.contains(&self.role.id) && self.past.is_none();
        let needed = self.waiting.iter().copied().filter(|_| is_first).collect::<Vec<_>>();
        self.gathering = Some(Gathering::new(needed, Instant::now(), within));
        self.tell_who_is_absent(Notice::Awaits);
    }

    /// Greets the nodes that it waits for, and begins when all of them are there.
    fn gather(&mut self) -> Result<(), InputError> {
        let now = Instant::now();
        let Some(gathering) = &mut self.gathering else { return Ok(()) };
        if gathering.is_over(now) {
            self.tell_who_is_absent(Notice::Without);
            self.gathering = None;
            return self.begin(0);
        }
        if gathering.is_due(now) {
            let absent: Vec<_> = gathering.absent().collect();
            absent.into_iter().for_each(|id| self.greet(id, false));
        }
        Ok(())
    }

    fn tell_who_is_absent(&mut self, report: fn(Vec<String>) -> Notice<F>) {
        let absent = self.gathering.iter().flat_map(Gathering::absent);
        let absent: Vec<_> = absent.map(|id| self.office.roster.name(id).to_string()).collect();
        if !absent.is_empty() {
            (self.report)(report(absent));
        }
    }

    /// A greeting is no part of the protocol: it is spared the faults, and need not arrive.
    fn greet(&self, to: Id, is_answer: bool) {
        if let Some(address) = self.office.addresses.get(usize::from(to)) {
            let _ = self.socket.send_to(&self.office.greet::<F>(to, is_answer), address);
        }
    }

    fn begin(&mut self, instance: u32) -> Result<(), InputError> {
        self.tell_unrecorded(true)?;
        let past = self.past.take().filter(|past| past.instance == instance);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.role.seed.to_le_bytes());
        seed[8..12].copy_from_slice(&instance.to_le_bytes());
        seed[12..20].copy_from_slice(&(usize::from(self.role.id) as u64).to_le_bytes());
        seed[20..28].copy_from_slice(&self.log.next().0.to_le_bytes()); // another one after every crash
        let mut rng = ChaCha8Rng::from_seed(seed);
        let wire = Wire::new(self.role.faults, ChaCha8Rng::from_rng(&mut rng));
        if past.is_some() && !self.role.behaves.environment.may_recover() {
            let name = self.office.roster.name(self.role.id);
            let what = format!("{name} ran already, and its model lets no crashed node come back (faults.recovery)");
            return Err(InputError::new(self.role.log.display().to_string(), what));
        }
        let saved = past.as_ref().and_then(|past| past.saved.clone());
        let event = if past.is_some() { Event::Recover } else { Event::Start };
        let mut out = Out::new();
        let local = self.node.on_start(self.role.id, &saved, &mut out);
        let heard = past.map_or_else(BTreeMap::new, |past| past.heard);
        let nodes = self.office.roster.len();
        self.session = Some(Session {
            instance,
            local: local.clone(),
            timers: BTreeMap::new(),
            choices: BTreeMap::new(),
            kept: VecDeque::new(),
            arrivals: Arrivals::default(),
            heard,
            wire,
            rng,
            sent: vec![0; nodes],
            received: vec![0; nodes],
        });
        self.commit(event, Some(local), out)?;
        for envelope in std::mem::take(&mut self.early) {
            self.receive(envelope)?;
        }
        Ok(())
    }

    /// A message has arrived.
    fn receive(&mut self, envelope: Envelope<F>) -> Result<(), InputError> {
        let is_ordered = self.is_ordered();
        let begun = self.session.as_ref().map(|session| session.instance);
        if begun.is_none_or(|instance| envelope.instance > instance) {
            if self.early.len() < MAX_EARLY {
                self.early.push(envelope);
            }
            return Ok(());
        }
        let Some(session) = self.session.as_mut().filter(|session| session.instance == envelope.instance) else {
            self.traffic.stale += 1;
            return Ok(());
        };
        self.traffic.received += 1;
        session.received[usize::from(envelope.from)] += 1;
        if is_ordered && !session.is_next_of_its_flow(&envelope) {
            self.traffic.stale += 1;
            return Ok(());
        }
        let Envelope { from, cause, message, .. } = envelope.clone();
        if !session.arrivals.admit(from, cause) {
            return self.tell_unrecorded(false);
        }
        if self.offer(&envelope)? {
            return self.offer_what_was_kept();
        }
        if !self.session.as_mut().is_some_and(|session| session.arrivals.admit_ignored()) {
            return self.tell_unrecorded(false);
        }
        let event = Event::Ignore { from: self.office.roster.name(from).into(), cause, message };
        self.commit(event, None, Out::new())?;
        if let Some(session) = self.session.as_mut().filter(|_| !is_ordered) {
            session.keep(envelope); // an ordered network drops what the node at its end ignores
        }
        Ok(())
    }

    /// Says how many messages have no record, if it is time to.
    fn tell_unrecorded(&mut self, is_end: bool) -> Result<(), InputError> {
        let summary = self.session.as_mut().and_then(|session| session.arrivals.summary(is_end));
        summary.map_or(Ok(()), |times| self.commit(Event::Unrecorded(times), None, Out::new()))
    }

    fn is_ordered(&self) -> bool {
        self.role.spec.environment.delivery == Delivery::Ordered
    }

    /// Lets go of every datagram whose time has come.
    fn flush(&mut self) {
        let Some(session) = &mut self.session else { return };
        while let Some((to, bytes)) = session.wire.due(Instant::now()) {
            let address = self.office.addresses.get(usize::from(to));
            let is_sent = |address: &SocketAddr| match bytes.len() {
                0..=datagram::MAX_BYTES => self.socket.send_to(&bytes, address).is_ok(),
                _ => stream::send(*address, &bytes).is_ok(),
            };
            // What cannot be sent is lost.
            if address.is_some_and(is_sent) {
                session.sent[usize::from(to)] += 1;
                self.traffic.sent += 1;
            }
        }
        self.traffic.lost += std::mem::take(&mut session.wire.lost);
        self.traffic.duplicated += std::mem::take(&mut session.wire.duplicated);
    }
}

/// True iff a node begins by itself: it sends, sets a timer or chooses when it starts.
fn begins<A: Actor>(actor: &A, id: Id) -> bool {
    let mut out = Out::new();
    actor.on_start(id, &None, &mut out);
    out.iter().any(|command| !matches!(command, Command::Save(_)))
}
