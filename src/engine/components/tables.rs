//! The component automata as plain tables of integers: what every component can do, and what arriving effects make of
//! it. Filled on first use, while the model is compiled; read by every search. It must not know actors or messages.

/// What a table says where it was not filled yet.
pub const UNFILLED: u32 = u32::MAX;

/// The move that a transition takes, by its number in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(pub u32);
/// Components of one field at most.
pub const MOST_COMPONENTS: u32 = 1 << 30;
/// Moves of one component at most.
pub const MOST_MOVES: usize = 1 << 29;

/// A table entry that has to be filled before a state can be expanded. Entries are filled in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Miss {
    /// The moves of a component of a field.
    Moves { field: usize, component: u32 },
    /// What an effect makes of a component of its field.
    Effect { row: u32, component: u32 },
}

/// One transition of one component, with what it does to the others.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Exclusive or of the component before and after.
    pub flip: u32,
    /// The lenses whose observation of this actor changes; the last bit stands for all lenses from there on.
    pub changes: u32,
    /// Its first effect; one that never changes anything if it has none.
    pub effect: Effect,
    /// Where its other effects start.
    others: u32,
    /// How many other effects it has.
    pub other_count: u32,
    /// The field whose component moves.
    pub field: u32,
    /// What need not be tried in a state that is found by this move, as a number: see [`Tables::asleep`].
    pub class: u8,
}

/// An effect of a move on another field: the bundle of envelopes sent there, the history's update, the last delivery.
#[derive(Clone, Copy, Debug)]
pub struct Effect {
    pub field: u32,
    pub row: u32,
}

/// What is known of a component: its moves.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    start: u32,
    /// How many there are, above two bits: is the last move a crash, which only a state with crashes to spare has, and is
    /// the actor down?
    packed: u32,
}

/// What one effect makes of each component of its field.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: u32,
    len: u32,
}

/// All tables. Fields `0..actors` are the actors' components, then come those that `Fields` names.
pub struct Tables {
    pub fields: Fields,
    /// Fields whose components have moves; they come first.
    pub movers: usize,
    /// How many actors may be down at once.
    pub max_crashes: usize,
    /// By class, a bit for each field whose moves need not be tried.
    asleep: Vec<u64>,
    /// Components of each field so far.
    pub counts: Vec<u32>,
    entries: Vec<Vec<Entry>>,
    moves: Vec<Move>,
    effects: Vec<Effect>,
    rows: Vec<Row>,
    flips: Vec<u32>,
    /// For every lens and actor the observation of each component, as a number.
    pub observations: Vec<Vec<Vec<u32>>>,
}

/// The fields after the actors' own.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    pub actors: usize,
}

impl Fields {
    /// Envelopes to actors that do not exist.
    pub fn orphans(self) -> usize {
        self.actors
    }
    /// The last delivered envelope of a duplicating network.
    pub fn last(self) -> usize {
        self.actors + 1
    }
    /// The history.
    pub fn history(self) -> usize {
        self.actors + 2
    }
    /// A field with one component, on which moves without effects have theirs.
    pub fn nothing(self) -> usize {
        self.actors + 3
    }
    /// How many fields there are.
    pub fn count(self) -> usize {
        self.actors + 4
    }
}

/// The row of the effect that never changes anything; its field is the last one of all, which has one component only.
const NOTHING: u32 = 0;

impl Entry {
    /// True iff the moves are known.
    #[inline(always)]
    pub fn is_filled(self) -> bool {
        self.start != UNFILLED
    }

    /// The number of the first move.
    #[inline(always)]
    pub fn first(self) -> u32 {
        self.start
    }

    /// How many moves there are, in a state that has crashes to spare (1) or not (0).
    #[inline(always)]
    pub fn count(self, may_crash: u8) -> usize {
        let ends_with_crash = (self.packed >> 1) as u8 & 1;
        (self.packed >> 2) as usize - usize::from(ends_with_crash & !may_crash)
    }

    /// True iff the actor is down.
    pub fn is_crashed(self) -> bool {
        self.packed & 1 == 1
    }
}

impl Tables {
    pub fn new(fields: Fields, movers: usize, max_crashes: usize, lenses: usize) -> Self {
        Tables {
            fields,
            movers,
            max_crashes,
            asleep: vec![0],
            counts: (0..fields.count()).map(|field| u32::from(field == fields.nothing())).collect(),
            entries: vec![Vec::new(); movers],
            moves: Vec::new(),
            effects: Vec::new(),
            rows: vec![Row { start: 0, len: 1 }],
            flips: vec![0],
            observations: vec![vec![Vec::new(); fields.actors]; lenses],
        }
    }

    /// Registers one more component of a field; its moves are not known yet.
    pub fn add_component(&mut self, field: usize, is_crashed: bool) {
        self.counts[field] += 1;
        if field < self.movers {
            self.entries[field].push(Entry { start: UNFILLED, packed: u32::from(is_crashed) });
        }
    }

    /// Registers one more effect, and returns its row.
    pub fn add_row(&mut self) -> u32 {
        self.rows.push(Row { start: 0, len: 0 });
        self.rows.len() as u32 - 1
    }

    /// Sets what an effect makes of a component. Returns false if the table is full.
    #[must_use]
    pub fn set_effect(&mut self, row: u32, component: u32, flip: u32) -> bool {
        let old = self.rows[row as usize];
        if component >= old.len {
            let len = (component + 1).max(old.len * 2).max(4);
            let start = self.flips.len();
            let Ok(place) = u32::try_from(start + len as usize) else { return false };
            self.flips.extend_from_within(old.start as usize..(old.start + old.len) as usize);
            self.flips.resize(start + len as usize, UNFILLED);
            self.rows[row as usize] = Row { start: place - len, len };
        }
        self.flips[(self.rows[row as usize].start + component) as usize] = flip;
        true
    }

    /// Sets the moves of a component, each with its effects. The order is kept. Returns false if the table is full.
    #[must_use]
    pub fn set_moves(
        &mut self,
        field: usize,
        component: u32,
        moves: &[(u32, u32, Vec<Effect>)],
        ends_with_crash: bool,
    ) -> bool {
        let (Ok(start), len) = (u32::try_from(self.moves.len()), moves.len() as u32) else { return false };
        if moves.len() > MOST_MOVES || u32::try_from(self.moves.len() + moves.len()).is_err() {
            return false;
        }
        let is_down = self.entries[field][component as usize].is_crashed();
        for (number, (flip, changes, effects)) in moves.iter().enumerate() {
            let Ok(others) = u32::try_from(self.effects.len()) else { return false };
            let nothing = Effect { field: self.counts.len() as u32 - 1, row: NOTHING };
            let (effect, rest) = effects.split_first().map_or((nothing, &[][..]), |(first, rest)| (*first, rest));
            self.effects.extend_from_slice(rest);
            let is_crash = ends_with_crash && number + 1 == moves.len();
            let class = if is_crash || is_down { 0 } else { self.class(field, effects) };
            let (other_count, field) = (rest.len() as u32, field as u32);
            self.moves.push(Move { flip: *flip, changes: *changes, effect, others, other_count, field, class });
        }
        let entry = &mut self.entries[field][component as usize];
        *entry = Entry { start, packed: len << 2 | u32::from(ends_with_crash) << 1 | (entry.packed & 1) };
        true
    }

    /// The class of a move of a field with these effects, which is no crash or recovery: what it leaves alone of the fields
    /// before sleeps, unless it does more to others than to add envelopes.
    fn class(&mut self, field: usize, effects: &[Effect]) -> u8 {
        if effects.iter().any(|effect| effect.field as usize > self.fields.orphans()) {
            return 0;
        }
        let before = (1u64 << field.min(63)) - 1;
        let asleep = effects.iter().fold(before, |asleep, effect| asleep & !(1u64 << effect.field.min(63)));
        let class = self.asleep.iter().position(|&other| other == asleep).unwrap_or(self.asleep.len());
        let Ok(number) = u8::try_from(class) else { return 0 };
        if class == self.asleep.len() {
            self.asleep.push(asleep);
        }
        number
    }

    /// A bit for each field whose moves need not be tried in a state that was found by a move of this class.
    ///
    /// Let a move of field `i` lead from `p` to `s`, and one of an earlier field `j`, whose component the first one left alone,
    /// from `s` to `t`. They can be made in the other order as well, as the first one only adds envelopes to others: by the
    /// second one from `p` to some `q`, and from there by the first one to `t`. That is a move of the later field; if it sleeps
    /// in `q` in turn, then for a move of a still later one, and so on. There are only so many fields, so some state no deeper
    /// than `s` leads to `t` by a move that is tried: all states are found, and each in its level.
    #[inline(always)]
    pub fn asleep(&self, class: u8) -> u64 {
        self.asleep[class as usize]
    }

    #[inline(always)]
    pub fn entry(&self, field: usize, component: u32) -> Entry {
        self.entries[field][component as usize]
    }

    /// A move by its number.
    #[inline(always)]
    pub fn step(&self, number: u32) -> &Move {
        &self.moves[number as usize]
    }

    /// The effects of a move after its first.
    #[inline(always)]
    pub fn others(&self, step: &Move) -> &[Effect] {
        &self.effects[step.others as usize..(step.others + step.other_count) as usize]
    }

    /// What an effect changes in a component of its field, or `UNFILLED`.
    #[inline(always)]
    pub fn effect(&self, row: u32, component: u32) -> u32 {
        let row = self.rows[row as usize];
        if component < row.len {
            self.flips[(row.start + component) as usize]
        } else {
            UNFILLED
        }
    }
}
