//! The adapted protocol as a theory. What a promise reports, and which value is proposed, is left open: nothing depends on it.

use super::super::super::rules::{AfterAccept, QuorumSize};
use super::super::super::Rules;
use super::super::sentences::ADAPTED;
use super::{guard, updates, Step, Theory, I1};

/// The theory of the adapted protocol under these rules. What a promise reports, and what value is proposed, is left open.
pub fn adapted(rules: &Rules) -> Option<Theory> {
    let (promise_guard, promised) = guard(rules.promise_guard)?;
    let (accept_guard, accepted) = guard(rules.accept_guard)?;
    let listens = if rules.after_accept == AfterAccept::Stop { "(not (stopped a0))" } else { "true" };
    let is_complete =
        if rules.quorum == QuorumSize::All { "(forall ((x A)) (or (heardof b0 x) (= x a0)))" } else { "true" };
    let told = "(waiting b0) (promise a0 b0) (not (heardof b0 a0))";
    let done =
        [("heardof", "(and (heardof x0 x1) (distinct x0 b0))"), ("waiting", "(and (waiting x0) (distinct x0 b0))")];
    let promise = ("promise", "(or (promise x0 x1) (and (= x0 a0) (= x1 b0)))");
    let accept = ("accept", "(or (accept x0 x1) (and (= x0 b0) (= x1 w0)))");
    let vote = ("vote", "(or (vote x0 x1 x2) (and (= x0 a0) (= x1 b0) (= x2 v0)))");
    let stopped = ("stopped", "(or (stopped x0) (= x0 a0))");
    let heard = ("heardof", "(or (heardof x0 x1) (and (= x0 b0) (= x1 a0)))");
    let step = |name, parameters, guard, changes: &[_]| Step { name, parameters, guard, updates: updates(changes) };
    let steps = vec![
        step(
            "promise",
            &[("a0", "A"), ("b0", "B")],
            format!("(and {listens} {promise_guard})"),
            &[promised[0], promised[1], promise],
        ),
        step("hear", &[("a0", "A"), ("b0", "B")], format!("(and {told})"), &[heard]),
        step(
            "propose",
            &[("a0", "A"), ("b0", "B"), ("w0", "V")],
            format!("(and {told} {is_complete})"),
            &[done[0], done[1], accept],
        ),
        step("give up", &[("b0", "B")], "(waiting b0)".into(), &done),
        step(
            "accept",
            &[("a0", "A"), ("b0", "B"), ("v0", "V")],
            format!("(and (accept b0 v0) {listens} {accept_guard})"),
            &[accepted[0], accepted[1], stopped, vote],
        ),
    ];
    let formulas = [
        "(forall ((a A) (b B) (v V)) (=> (vote a b v) (accept b v)))",
        "(forall ((b B) (v V) (w V)) (=> (and (accept b v) (accept b w)) (= v w)))",
        "(forall ((b B) (v V)) (=> (waiting b) (not (accept b v))))",
        "(forall ((a A) (b B) (v V)) (=> (vote a b v) (and (stopped a) (ge a b) (not (gt a b)))))",
        "(forall ((a A) (b B)) (=> (promise a b) (ge a b)))",
        "(forall ((a A) (b B)) (=> (heardof b a) (promise a b)))",
        "(forall ((a A) (b B) (v V)) (=> (accept b v) (promise a b)))",
    ];
    let named = ADAPTED.iter().zip(formulas);
    Some(Theory {
        name: "the adapted protocol",
        has_quorums: false,
        relations: vec![
            ("ge", &["A", "B"]),
            ("gt", &["A", "B"]),
            ("stopped", &["A"]),
            ("vote", &["A", "B", "V"]),
            ("promise", &["A", "B"]),
            ("accept", &["B", "V"]),
            ("waiting", &["B"]),
            ("heardof", &["B", "A"]),
        ],
        at_first: &["waiting"],
        steps,
        invariant: named.map(|(said, formula)| (said.name, said.statement.into(), formula.into())).collect(),
        claims: vec![
            (
                "one-value",
                "(forall ((a A) (c A) (b B) (d B) (v V) (w V)) (=> (and (vote a b v) (vote c d w)) (= v w)))",
            ),
            (
                "one ballot",
                "(forall ((a A) (c A) (b B) (d B) (v V) (w V)) (=> (and (vote a b v) (vote c d w)) (= b d)))",
            ),
            ("i1", I1),
        ],
    })
}
