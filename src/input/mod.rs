//! What users write: files, keys and values, each with the place to name when it is wrong. It knows no key's meaning.

mod error;
mod files;
mod keys;
mod shape;

pub use error::{did_you_mean, nearest, InputError};
pub use files::{open_regular, read_bytes, read_text};
pub use keys::{Field, Fields, Known};
pub use shape::Shape;
