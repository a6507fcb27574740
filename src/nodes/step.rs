//! The steps of a node: a message is delivered, a timer fires, a choice is made. Every step is logged before anything of
//! it leaves.

use super::datagram::Envelope;
use super::host::Host;
use super::log::{Event, Record};
use super::orders::Notice;
use super::stream;
use crate::family::{Deployable, Local, Message};
use crate::input::InputError;
use rand::Rng;
use stateright::actor::{is_no_op, Actor, Command, Id, Out};
use std::borrow::Cow;
use std::io;
use std::time::Instant;

impl<F: Deployable> Host<'_, F> {
    /// Delivers a message if that has an effect.
    pub(super) fn offer(&mut self, envelope: &Envelope<F>) -> Result<bool, InputError> {
        let Some(session) = &self.session else { return Ok(false) };
        let before = session.local.clone();
        let mut local = Cow::Borrowed(&before);
        let mut out = Out::new();
        self.node.on_msg(self.role.id, &mut local, envelope.from, envelope.message.clone(), &mut out);
        if is_no_op(&local, &out) {
            return Ok(false);
        }
        let Envelope { from, cause, message, .. } = envelope.clone();
        let event = Event::Deliver { from: self.office.roster.name(from).into(), cause, message };
        let changed = changed(local);
        self.commit(event, changed, out)?;
        Ok(true)
    }

    /// Offers every kept message again, until none has an effect.
    pub(super) fn offer_what_was_kept(&mut self) -> Result<(), InputError> {
        let mut place = 0;
        while let Some(envelope) = self.session.as_ref().and_then(|session| session.kept.get(place)).cloned() {
            if self.offer(&envelope)? {
                if let Some(session) = &mut self.session {
                    session.kept.remove(place);
                }
                place = 0;
            } else {
                place += 1;
            }
        }
        Ok(())
    }

    /// Fires every timer whose time has come.
    pub(super) fn fire(&mut self) -> Result<(), InputError> {
        self.choose()?;
        while let Some(session) = &mut self.session {
            let now = Instant::now();
            let Some(timer) = session.timers.iter().find(|(_, until)| **until <= now).map(|(timer, _)| timer.clone())
            else {
                break;
            };
            session.timers.remove(&timer);
            let before = session.local.clone();
            let mut local = Cow::Borrowed(&before);
            let mut out = Out::new();
            self.node.on_timeout(self.role.id, &mut local, &timer, &mut out);
            let changed = changed(local);
            self.commit(Event::Fire(timer), changed, out)?;
            self.offer_what_was_kept()?;
        }
        Ok(())
    }

    /// Makes a choice that is open, if one is. Others wait, so that what has arrived meanwhile comes to its turn.
    fn choose(&mut self) -> Result<(), InputError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let Some((key, mut options)) = session.choices.pop_first() else { return Ok(()) };
        let random = options.swap_remove(session.rng.random_range(0..options.len()));
        let before = session.local.clone();
        let mut local = Cow::Borrowed(&before);
        let mut out = Out::new();
        self.node.on_random(self.role.id, &mut local, &random, &mut out);
        let changed = changed(local);
        self.commit(Event::Choose { key, random }, changed, out)?;
        self.offer_what_was_kept()
    }

    /// A step is taken: it is logged, then it shows.
    pub(super) fn commit(
        &mut self,
        event: Event<F>,
        local: Option<Local<F>>,
        out: Out<F::Node>,
    ) -> Result<(), InputError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let (n, at) = self.log.next();
        let mut record = Record { n, instance: session.instance, at, event, local, saved: None, sent: Vec::new() };
        let mut sends: Vec<(Id, Message<F>)> = Vec::new();
        let now = Instant::now();
        for command in out {
            match command {
                Command::Send(to, message) => sends.push((to, message)),
                Command::Save(storage) => record.saved = Some(storage),
                Command::SetTimer(timer, _) => {
                    let until = now + self.role.patience(&timer, &mut session.rng);
                    session.timers.insert(timer, until);
                }
                Command::CancelTimer(timer) => _ = session.timers.remove(&timer),
                Command::ChooseRandom(key, options) if options.is_empty() => _ = session.choices.remove(&key),
                Command::ChooseRandom(key, options) => _ = session.choices.insert(key, options),
            }
        }
        record.sent =
            sends.iter().map(|(to, message)| (self.office.roster.name(*to).into(), message.clone())).collect();
        let unwritable = |error: io::Error| InputError::new(self.role.log.display().to_string(), error.to_string());
        self.log.append(&record).map_err(unwritable)?;
        if let Some(local) = &record.local {
            session.local = local.clone();
        }
        for (place, (to, message)) in sends.into_iter().enumerate() {
            let frame = self.office.write::<F>(session.instance, to, (n, place), message);
            let frame = frame.map_err(|error| unwritable(error.into()))?;
            if frame.len() > stream::MAX_BYTES {
                let what = format!("a message of {} bytes, expected at most {}", frame.len(), stream::MAX_BYTES);
                return Err(InputError::new(self.office.roster.name(self.role.id), what));
            }
            session.wire.send(now, to, &frame);
        }
        (self.report)(Notice::Step(record));
        Ok(())
    }
}

/// The state that a handler has left, if it took hold of it.
fn changed<L: Clone>(local: Cow<L>) -> Option<L> {
    match local {
        Cow::Owned(local) => Some(local),
        Cow::Borrowed(_) => None,
    }
}
