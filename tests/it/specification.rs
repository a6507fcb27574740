//! The specifications that protocols refine: which steps are theirs.

use synod::protocols::paxos::Value;
use synod::protocols::specification::{is_refined, Array, Log, Register};

fn proposed(value: Value) -> bool {
    value < 3
}

fn register(decided: Option<Value>) -> Option<Register> {
    Some(Register { decided })
}

#[test]
fn a_register_is_decided_once_for_what_was_proposed() {
    for (before, after, refined) in [
        (register(None), register(None), true),
        (register(None), register(Some(1)), true),
        (register(Some(1)), register(Some(1)), true),
        (register(None), register(Some(3)), false),
        (register(Some(1)), register(Some(2)), false),
        (register(Some(1)), register(None), false),
        (register(Some(1)), None, false),
        (None, register(Some(1)), false),
    ] {
        assert_eq!(is_refined(before, after, proposed), refined, "{before:?} {after:?}");
    }
}

#[test]
fn an_array_decides_one_slot_at_a_time() {
    let array = |decided: &[(usize, Value)]| Some(Array { decided: decided.iter().copied().collect() });
    for (before, after, refined) in [
        (array(&[]), array(&[(2, 1)]), true),
        (array(&[(2, 1)]), array(&[(1, 1), (2, 1)]), true),
        (array(&[(2, 1)]), array(&[(2, 1)]), true),
        (array(&[]), array(&[(1, 1), (2, 1)]), false),
        (array(&[(2, 1)]), array(&[(2, 2)]), false),
        (array(&[(2, 1)]), array(&[(1, 1)]), false),
        (array(&[(2, 1)]), array(&[(1, 3), (2, 1)]), false),
    ] {
        assert_eq!(is_refined(before.clone(), after.clone(), proposed), refined, "{before:?} {after:?}");
    }
}

#[test]
fn a_log_only_grows_at_its_end() {
    let log = |values: &[Value]| Some(Log { values: values.to_vec() });
    for (before, after, refined) in [
        (log(&[]), log(&[1]), true),
        (log(&[1]), log(&[1, 2, 0]), true),
        (log(&[1]), log(&[1]), true),
        (log(&[1]), log(&[]), false),
        (log(&[1]), log(&[2, 1]), false),
        (log(&[1]), log(&[1, 2, 3]), false),
    ] {
        assert_eq!(is_refined(before.clone(), after.clone(), proposed), refined, "{before:?} {after:?}");
    }
}
