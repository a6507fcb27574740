//! The shares of a round: which states each chunk of it expands. It must not know threads.

use super::packed::Key;
use super::store::Piece;
use crate::engine::components::tuned;

/// Chunks of a round at most. Not a matter of threads, so that the order of insertions is none either.
const MOST_CHUNKS: usize = 32;
const STATES_PER_CHUNK: usize = tuned(512, 4);

/// The states of a chunk.
pub enum Share<'a, const N: usize> {
    Pieces(Vec<Piece>),
    Keys(&'a [Key<N>]),
}

impl<const N: usize> Share<'_, N> {
    pub fn len(&self) -> usize {
        match self {
            Share::Pieces(pieces) => pieces.iter().map(|piece| piece.to - piece.from).sum(),
            Share::Keys(keys) => keys.len(),
        }
    }
}

/// Divides a round into chunks, by the number of states alone.
pub fn shares<'a, const N: usize>(deferred: &'a [Key<N>], pieces: &[Piece]) -> Vec<Share<'a, N>> {
    let total = deferred.len() + pieces.iter().map(|piece| piece.to - piece.from).sum::<usize>();
    let each = total.div_ceil(MOST_CHUNKS).max(STATES_PER_CHUNK.min(total));
    if !deferred.is_empty() {
        return deferred.chunks(each).map(Share::Keys).collect();
    }
    let mut shares = Vec::new();
    let mut open: Vec<Piece> = Vec::new();
    let mut room = each;
    for &piece in pieces {
        let mut from = piece.from;
        while from < piece.to {
            let to = piece.to.min(from + room);
            open.push(Piece { from, to, ..piece });
            room -= to - from;
            from = to;
            if room == 0 {
                shares.push(Share::Pieces(std::mem::take(&mut open)));
                room = each;
            }
        }
    }
    if !open.is_empty() {
        shares.push(Share::Pieces(open));
    }
    shares
}
