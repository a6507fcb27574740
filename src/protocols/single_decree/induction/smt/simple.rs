//! Simple Paxos as a theory. A promise and the record of one come in two relations: with a report, and without.

use super::super::super::rules::{AcceptEffect, Payload, QuorumSize, ValueChoice};
use super::super::super::Rules;
use super::super::sentences::SIMPLE;
use super::{guard, updates, Relation, Step, Theory, I1};

/// The relations of the state.
const RELATIONS: [Relation; 12] = [
    ("ge", &["A", "B"]),
    ("gt", &["A", "B"]),
    ("fresh", &["A"]),
    ("last", &["A", "B", "V"]),
    ("vote", &["A", "B", "V"]),
    ("promise0", &["A", "B"]),
    ("promise", &["A", "B", "B", "V"]),
    ("accept", &["B", "V"]),
    ("waiting", &["B"]),
    ("heardof", &["B", "A"]),
    ("heard", &["B", "A", "B", "V"]),
    ("heardge", &["B", "A", "B"]),
];

/// The theory of simple Paxos under these rules.
pub fn simple(rules: &Rules) -> Option<Theory> {
    let formulas: [(&str, &[&str]); 9] = [
        ("", &["(forall ((a A) (b B) (v V)) (=> (vote a b v) (accept b v)))"]),
        ("", &["(forall ((b B) (v V) (w V)) (=> (and (accept b v) (accept b w)) (= v w)))"]),
        ("", &["(forall ((b B) (v V)) (=> (waiting b) (not (accept b v))))"]),
        (
            "",
            &["(forall ((a A) (c B) (w V)) (and (=> (last a c w) (vote a c w)) (=> (vote a c w) (and (ge a c) \
               (not (fresh a)) (forall ((r B) (v V)) (=> (last a r v) (le c r)))))))"],
        ),
        (
            "",
            &["(forall ((a A) (b B)) (and (=> (promise0 a b) (ge a b)) (forall ((r B) (v V)) (=> (promise a b r v) \
               (ge a b)))))"],
        ),
        ("", &["(forall ((a A) (b B) (r B) (v V)) (=> (promise a b r v) (vote a r v)))"]),
        (
            "",
            &["(forall ((a A) (b B) (c B) (w V)) (=> (and (vote a c w) (lt c b)) (and (not (promise0 a b)) \
               (forall ((r B) (v V)) (=> (promise a b r v) (le c r))))))"],
        ),
        // What a proposer recorded was sent; so S5, S6 and S7 are true of it, which is all that is used.
        (
            "abc",
            &[
                "(forall ((a A) (b B)) (=> (heardof b a) (ge a b)))",
                "(forall ((a A) (b B) (r B) (v V)) (=> (heard b a r v) (vote a r v)))",
                "(forall ((a A) (b B) (c B) (w V)) (=> (and (heardof b a) (vote a c w) (lt c b)) (heardge b a c)))",
            ],
        ),
        (
            "",
            &["(forall ((b B) (v V) (c B) (w V) (q Q)) (=> (and (accept b v) (lt c b) (distinct v w)) \
               (exists ((a A)) (and (in a q) (gt a c) (not (vote a c w))))))"],
        ),
    ];
    let parts = [("S8a", "S5 of what a proposer recorded"), ("S8b", "S6 of it"), ("S8c", "S7 of it")];
    let mut invariant = Vec::new();
    for (sentence, (marks, formulas)) in SIMPLE.iter().zip(formulas) {
        for (number, formula) in formulas.iter().enumerate() {
            let (name, said) = if marks.is_empty() { (sentence.name, sentence.statement) } else { parts[number] };
            invariant.push((name, said.into(), formula.to_string()));
        }
    }
    let initial = "(forall ((b B) (v V)) (=> (accept b v) (exists ((d B)) (own d v))))";
    invariant.push(("S10", "every Accept is for an initial value".into(), initial.into()));
    Some(Theory {
        name: "simple Paxos",
        has_quorums: true,
        relations: RELATIONS.to_vec(),
        at_first: &["fresh", "waiting"],
        steps: steps_of_simple(rules)?,
        invariant,
        claims: vec![
            (
                "agreement",
                "(forall ((p Q) (q Q) (b B) (d B) (v V) (w V)) (=> (and (forall ((a A)) (=> (in a p) (vote a b v))) \
                 (forall ((a A)) (=> (in a q) (vote a d w)))) (= v w)))",
            ),
            ("i1", I1),
            (
                "i2",
                "(forall ((q Q) (b B) (v V) (c A) (d B) (w V)) (=> (and (forall ((a A)) (=> (in a q) (vote a b v))) \
                 (vote c d w) (lt b d)) (= v w)))",
            ),
            ("validity", "(forall ((a A) (b B) (v V)) (=> (vote a b v) (exists ((d B)) (own d v))))"),
        ],
    })
}

/// Which value a proposer may propose, once the last answer is in. That answer is none, or the report `r0`, `v0`.
fn choice(choice: ValueChoice, is_report: bool) -> String {
    let with = |heard: &str, last: &str| if is_report { format!("(or {heard} {last})") } else { heard.into() };
    let heard = with("(heard b0 y0 m0 w0)", "(and (= y0 a0) (= m0 r0) (= w0 v0))");
    let reached = with("(heardge b0 x c)", "(and (= x a0) (le c r0))");
    let below = with("(heard b0 x c v)", "(and (= x a0) (= c r0) (= v v0))");
    let none = format!("(and (own b0 w0) (forall ((x A) (c B)) (not {reached})))");
    match choice {
        ValueChoice::Highest => format!("(or {none} (and {heard} (forall ((x A) (c B)) (=> {reached} (le c m0)))))"),
        ValueChoice::Lowest => {
            format!("(or {none} (and {heard} (forall ((x A) (c B) (v V)) (=> {below} (le m0 c)))))")
        }
        ValueChoice::Own => "(own b0 w0)".into(),
        ValueChoice::Any => format!("(or (own b0 w0) {heard})"),
    }
}

fn steps_of_simple(rules: &Rules) -> Option<Vec<Step>> {
    let (promise_guard, promised) = guard(rules.promise_guard)?;
    let (accept_guard, accepted) = guard(rules.accept_guard)?;
    let reports = rules.promise_payload != Payload::Nothing;
    let is_complete = match rules.quorum {
        QuorumSize::Majority | QuorumSize::All => "(forall ((x A)) (=> (in x q0) (or (heardof b0 x) (= x a0))))",
        QuorumSize::Half | QuorumSize::One | QuorumSize::Exactly(_) => "true", // any answer may be enough
    };
    let told = "(waiting b0) (promise0 a0 b0) (not (heardof b0 a0))";
    let told_of = "(waiting b0) (promise a0 b0 r0 v0) (not (heardof b0 a0))";
    let heardof = ("heardof", "(or (heardof x0 x1) (and (= x0 b0) (= x1 a0)))");
    let heard = ("heard", "(or (heard x0 x1 x2 x3) (and (= x0 b0) (= x1 a0) (= x2 r0) (= x3 v0)))");
    let heardge = ("heardge", "(or (heardge x0 x1 x2) (and (= x0 b0) (= x1 a0) (le x2 r0)))");
    let done = [
        ("heardof", "(and (heardof x0 x1) (distinct x0 b0))"),
        ("heard", "(and (heard x0 x1 x2 x3) (distinct x0 b0))"),
        ("heardge", "(and (heardge x0 x1 x2) (distinct x0 b0))"),
        ("waiting", "(and (waiting x0) (distinct x0 b0))"),
    ];
    let proposed = [&done[..], &[("accept", "(or (accept x0 x1) (and (= x0 b0) (= x1 w0)))")]].concat();
    let promise0 = ("promise0", "(or (promise0 x0 x1) (and (= x0 a0) (= x1 b0)))");
    let promise = ("promise", "(or (promise x0 x1 x2 x3) (and (= x0 a0) (= x1 b0) (= x2 r0) (= x3 v0)))");
    let number: &[(&str, &str)] = match rules.accept_effect {
        AcceptEffect::Raise => &accepted,
        AcceptEffect::Keep => &[],
        AcceptEffect::Forget => {
            &[("ge", "(and (ge x0 x1) (distinct x0 a0))"), ("gt", "(and (gt x0 x1) (distinct x0 a0))")]
        }
    };
    let taken = [
        ("fresh", "(and (fresh x0) (distinct x0 a0))"),
        ("last", "(ite (= x0 a0) (and (= x1 b0) (= x2 v0)) (last x0 x1 x2))"),
        ("vote", "(or (vote x0 x1 x2) (and (= x0 a0) (= x1 b0) (= x2 v0)))"),
    ];
    let step = |name, parameters, guard, changes: &[_]| Step { name, parameters, guard, updates: updates(changes) };
    const AB: &[(&str, &str)] = &[("a0", "A"), ("b0", "B")];
    const ABRV: &[(&str, &str)] = &[("a0", "A"), ("b0", "B"), ("r0", "B"), ("v0", "V")];
    const PROPOSING: &[(&str, &str)] = &[("a0", "A"), ("b0", "B"), ("w0", "V"), ("y0", "A"), ("m0", "B"), ("q0", "Q")];
    const PROPOSING_OF: &[(&str, &str)] =
        &[("a0", "A"), ("b0", "B"), ("r0", "B"), ("v0", "V"), ("w0", "V"), ("y0", "A"), ("m0", "B"), ("q0", "Q")];
    let fresh = if reports { "(fresh a0)" } else { "true" };
    let rule = |is_report| choice(rules.value_choice, is_report);
    let mut steps = vec![step(
        "promise, nothing accepted",
        AB,
        format!("(and {promise_guard} {fresh})"),
        &[promised[0], promised[1], promise0],
    )];
    if reports {
        let guard = format!("(and {promise_guard} (last a0 r0 v0))");
        steps.push(step("promise, reporting", ABRV, guard, &[promised[0], promised[1], promise]));
    }
    steps.extend([
        step("hear, nothing accepted", AB, format!("(and {told})"), &[heardof]),
        step("hear a report", ABRV, format!("(and {told_of})"), &[heardof, heard, heardge]),
        step("propose, last answer empty", PROPOSING, format!("(and {told} {is_complete} {})", rule(false)), &proposed),
        step(
            "propose, last answer a report",
            PROPOSING_OF,
            format!("(and {told_of} {is_complete} {})", rule(true)),
            &proposed,
        ),
        step("give up", &[("b0", "B")], "(waiting b0)".into(), &done),
        step(
            "accept",
            &[("a0", "A"), ("b0", "B"), ("v0", "V")],
            format!("(and (accept b0 v0) {accept_guard})"),
            &[number, &taken].concat(),
        ),
    ]);
    Some(steps)
}
