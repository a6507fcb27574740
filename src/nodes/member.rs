//! A node of a cluster as the cluster sees it: what it was launched as, and what it reported last.

use super::launch::Launched;
use super::role::Role;
use crate::family::Deployable;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A node, from outside.
pub(super) struct Member<F: Deployable> {
    pub(super) role: Role<F>,
    pub(super) launched: Option<Launched>,
    pub(super) mark: u64,
    pub(super) address: Option<SocketAddr>,
    pub(super) pending: Option<Pending>,
    pub(super) restart: Option<Instant>,
    /// True iff it crashed in this instance: what went to it, or came from it, may be lost.
    pub(super) has_crashed: bool,
}

/// What a node has reported last of what it still waits for.
pub(super) struct Pending {
    pub(super) instance: u32,
    pub(super) sent: Vec<u64>,
    pub(super) received: Vec<u64>,
    pub(super) is_busy: bool,
    pub(super) may_retry: bool,
}

/// How long until the next planned crash or restart.
pub(super) fn until_next<F: Deployable>(crashes: &[(Instant, usize)], members: &[Member<F>]) -> Duration {
    let restarts = members.iter().filter_map(|member| member.restart);
    let next = crashes.last().map(|(at, _)| *at).into_iter().chain(restarts).min();
    next.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
}
