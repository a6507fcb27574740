//! A run as plain data, for programs.

use super::plan::{Instance, Plan, Ran};
use crate::family::Deployable;
use serde::Serialize;
use serde_json::{json, Value};

/// A run, and the result of following it along its model.
pub fn to_json<F: Deployable>(plan: &Plan<F>, ran: &Ran<F>, conformance: &impl Serialize) -> Value {
    let instance = |instance: &Instance<F>| {
        json!({
            "chosen": instance.decisions.iter().map(|decision| &decision.json).collect::<Vec<_>>(),
            "decided_after_milliseconds": instance.decided.map(|after| after.as_secs_f64() * 1e3),
            "latencies_milliseconds": instance.latencies.iter().map(|each| each.as_secs_f64() * 1e3).collect::<Vec<_>>(),
            "learned": instance.announced,
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
