//! The link between the workers of a search, a dataflow of timely: batches of words to any of them, and epochs. When an
//! epoch is settled, everything that any worker sent in it has arrived, and what each had to say of it is known to all. It
//! must not know what the words mean.

use super::alarm::Alarm;
use crate::engine::Refusal;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timely::bytes::arc::Bytes;
use timely::communication::{Allocator, Push};
use timely::container::{Accountable, ContainerBuilder};
use timely::dataflow::channels::pact::DistributorPact;
use timely::dataflow::channels::pushers::exchange::Distributor;
use timely::dataflow::channels::{ContainerBytes, Message};
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Input, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::progress::Stamp;
use timely::worker::Worker;
use timely::WorkerConfig;

/// How long a worker without anything to do sleeps before it looks whether the search has ended.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What an epoch is for. All workers are at the same, or a handler does not do the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// Some states of a level were explored.
    Round,
    /// All of them were, or the search ends.
    Level,
    /// Entries of the tables were filled.
    Filled,
    /// States went to other owners.
    Moved,
    /// Owners are asked about states.
    Asked,
    /// They answered.
    Answered,
    /// A path takes a step.
    Step,
    /// Code of the model panicked at a worker.
    Fault,
}

/// Words on their way.
#[derive(Clone)]
enum Words {
    Own(Vec<u64>),
    /// As they were received.
    Wire(Bytes),
}

/// Some words from a worker to another: data, or what it has to say of an epoch.
#[derive(Clone)]
struct Batch {
    from: u32,
    to: u32,
    is_control: bool,
    words: Words,
}

/// Bytes before the words of a batch.
const HEAD_BYTES: usize = 8;

impl Default for Batch {
    fn default() -> Self {
        Batch { from: 0, to: 0, is_control: false, words: Words::Own(Vec::new()) }
    }
}

impl Batch {
    fn into_words(self) -> Vec<u64> {
        match self.words {
            Words::Own(words) => words,
            Words::Wire(bytes) => {
                let (words, _) = bytes[HEAD_BYTES..].as_chunks();
                words.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
            }
        }
    }

    fn len(&self) -> usize {
        match &self.words {
            Words::Own(words) => words.len(),
            Words::Wire(bytes) => (bytes.len() - HEAD_BYTES) / 8,
        }
    }
}

impl Accountable for Batch {
    fn record_count(&self) -> i64 {
        1
    }
}

impl ContainerBytes for Batch {
    fn from_bytes(bytes: Bytes) -> Self {
        let from = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        Batch { from, to: 0, is_control: bytes[4] == 1, words: Words::Wire(bytes) }
    }

    fn length_in_bytes(&self) -> usize {
        HEAD_BYTES + 8 * self.len()
    }

    fn into_bytes<W: Write>(&self, writer: &mut W) {
        let mut put = |bytes: &[u8]| writer.write_all(bytes).expect("there is room for a batch");
        put(&self.from.to_le_bytes());
        put(&u32::from(self.is_control).to_le_bytes());
        match &self.words {
            Words::Own(words) => words.iter().for_each(|word| put(&word.to_le_bytes())),
            Words::Wire(bytes) => put(&bytes[HEAD_BYTES..]),
        }
    }
}

/// Batches are sent as they are.
#[derive(Default)]
struct Whole;

impl ContainerBuilder for Whole {
    type Container = Batch;

    fn extract(&mut self) -> Option<&mut Batch> {
        None
    }

    fn finish(&mut self) -> Option<&mut Batch> {
        None
    }
}

/// A batch goes to the worker that it is for.
struct ByTarget;

impl Distributor<Batch> for ByTarget {
    fn partition<T: Clone, P: Push<Message<T, Batch>>>(&mut self, batch: &mut Batch, stamp: &Stamp<T>, to: &mut [P]) {
        let target = batch.to as usize;
        Message::push_at(batch, stamp.clone(), &mut to[target]);
    }

    fn flush<T: Clone, P: Push<Message<T, Batch>>>(&mut self, _: &Stamp<T>, _: &mut [P]) {}
}

/// One worker's end of the link.
pub struct Link {
    input: InputHandle<u64, Whole>,
    probe: ProbeHandle<u64>,
    /// What has arrived, with the epoch that it was sent in. A worker that knows that an epoch is settled may send in the
    /// next one before another knows.
    inbox: Rc<RefCell<Vec<(u64, Batch)>>>,
    control: Vec<(u32, Vec<u64>)>,
    epoch: u64,
    alarm: Arc<Alarm>,
    worker: Worker,
}

impl Link {
    pub fn new(allocator: Allocator, alarm: &Arc<Alarm>) -> Self {
        // A worker that does not know the time never sleeps.
        let mut worker = Worker::new(WorkerConfig::default(), allocator, Some(Instant::now()));
        let inbox = Rc::new(RefCell::new(Vec::new()));
        let arrived = Rc::clone(&inbox);
        let (input, probe) = worker.dataflow::<u64, _, _>(move |scope| {
            let (input, batches) = scope.new_input_with_builder::<Whole>();
            let probe = ProbeHandle::new();
            let pact = DistributorPact(|_workers: usize| ByTarget);
            let received = batches.unary::<Whole, _, _, _>(pact, "Receive", move |_, _| {
                move |input, _output| {
                    input.for_each(|capability, batch| {
                        let epoch = capability.stamp().iter().next().copied().unwrap_or_default();
                        arrived.borrow_mut().push((epoch, std::mem::take(batch)));
                    });
                }
            });
            received.probe_with(&probe);
            (input, probe)
        });
        Link { input, probe, inbox, control: Vec::new(), epoch: 0, alarm: Arc::clone(alarm), worker }
    }

    /// Which worker this is.
    pub fn index(&self) -> usize {
        self.worker.index()
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.worker.peers()
    }

    /// Sends words to a worker, which may be this one.
    pub fn send(&mut self, to: usize, words: Vec<u64>) {
        self.put(to, false, words);
    }

    fn put(&mut self, to: usize, is_control: bool, words: Vec<u64>) {
        let from = self.index();
        let mut batch = Batch { from: from as u32, to: to as u32, is_control, words: Words::Own(words) };
        match to == from {
            true => self.inbox.borrow_mut().push((self.epoch, batch)),
            false => self.input.send_batch(&mut batch),
        }
    }

    /// Takes what has arrived, each batch with the worker that sent it. Those of a worker come in its order.
    ///
    /// # Errors
    /// If a process was lost.
    pub fn receive(&mut self, each: &mut dyn FnMut(usize, Vec<u64>)) -> Result<(), Refusal> {
        self.step(Duration::ZERO)?;
        self.deliver(self.epoch, each);
        Ok(())
    }

    fn step(&mut self, park: Duration) -> Result<(), Refusal> {
        self.worker.step_or_park(Some(park));
        self.alarm.why().map_or(Ok(()), |why| Err(Refusal::Lost(why.into())))
    }

    fn deliver(&mut self, epoch: u64, each: &mut dyn FnMut(usize, Vec<u64>)) {
        if self.inbox.borrow().is_empty() {
            return;
        }
        let (now, later) = self.inbox.take().into_iter().partition(|(sent, _)| *sent == epoch);
        self.inbox.replace(later);
        let now: Vec<(u64, Batch)> = now;
        for (_, batch) in now {
            let (from, is_control) = (batch.from, batch.is_control);
            match is_control {
                true => self.control.push((from, batch.into_words())),
                false => each(from as usize, batch.into_words()),
            }
        }
    }

    /// Settles the epoch: takes everything that was sent to this worker in it. Returns what each worker had to say of it, in
    /// their order.
    ///
    /// # Errors
    /// If a process was lost, or is not at the same.
    pub fn settle(
        &mut self,
        epoch: Epoch,
        say: &[u64],
        each: &mut dyn FnMut(usize, Vec<u64>),
    ) -> Result<Vec<Vec<u64>>, Refusal> {
        let said = [&[epoch as u64], say].concat();
        (0..self.workers()).for_each(|worker| self.put(worker, true, said.clone()));
        let settled = self.epoch;
        self.epoch += 1;
        self.input.advance_to(self.epoch);
        while self.probe.less_than(&self.epoch) {
            self.step(LOOK_EVERY)?;
            self.deliver(settled, each);
        }
        self.deliver(settled, each);
        let mut control = std::mem::take(&mut self.control);
        control.sort_by_key(|(from, _)| *from);
        let is_odd = |(_, said): &(u32, Vec<u64>)| said.first() != Some(&(epoch as u64));
        match control.iter().position(is_odd) {
            Some(worker) => Err(out_of_step(worker)),
            None => Ok(control.into_iter().map(|(_, mut said)| said.split_off(1)).collect()),
        }
    }
}

/// What is said of a worker whose handlers do otherwise.
pub fn out_of_step(worker: usize) -> Refusal {
    let what = format!("worker {worker} is out of step: a handler does not do the same in all processes");
    Refusal::Lost(what)
}
