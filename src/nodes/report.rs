//! A run as plain data, for programs.

use super::consensus::Consensus;
use super::plan::{Instance, Plan, Ran};
use serde::Serialize;
use serde_json::{json, Value};

/// A run, and the result of following it along its model.
pub fn to_json(plan: &Plan, ran: &Ran, conformance: &impl Serialize) -> Value {
    let consensus = |consensus: &Consensus| {
        let Consensus { proposal, majority } = consensus;
        json!({ "value": proposal.value, "ballot": proposal.ballot, "majority": majority })
    };
    let instance = |instance: &Instance| {
        json!({
            "chosen": instance.chosen.iter().map(consensus).collect::<Vec<_>>(),
            "decided_after_milliseconds": instance.decided.map(|after| after.as_secs_f64() * 1e3),
            "learned": instance.learned.iter().map(|(node, proposal)| (node, proposal.value)).collect::<Vec<_>>(),
            "aborted": instance.aborted,
            "cut_off": instance.cut_off,
            "reasons": instance.reasons,
            "crashes": instance.crashes,
        })
    };
    json!({
        "schema": 1,
        "model": plan.model.name,
        "description": plan.model.spec.to_string(),
        "run": plan.run,
        "seed": plan.seed,
        "ended": ran.ended.name(),
        "seconds": ran.elapsed.as_secs_f64(),
        "datagrams": ran.traffic,
        "instances": ran.instances.iter().map(instance).collect::<Vec<_>>(),
        "conformance": conformance,
    })
}
