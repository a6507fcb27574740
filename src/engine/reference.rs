//! The reference engine: stateright's own checkers.
