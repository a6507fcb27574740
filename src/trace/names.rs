//! Names of nodes where there is little room: shorter, and still apart.

use std::collections::BTreeSet;

/// The names in at most this many letters each. A longer one keeps its beginning and the number at its end; names that are
/// then alike keep the first letter and get the number of their node.
pub fn shortened(names: &[String], most: usize) -> Vec<String> {
    let mut short: Vec<String> = names.iter().map(|name| within(name, most)).collect();
    for node in 0..short.len() {
        if names
            .iter()
            .zip(&short)
            .enumerate()
            .any(|(other, (name, so_far))| other != node && *so_far == short[node] && *name != names[node])
        {
            let taken: BTreeSet<&String> = short.iter().collect();
            let first: String = names[node].chars().take(1).collect();
            let numbered = [format!("{first}{node}"), node.to_string()];
            if let Some(apart) = numbered.into_iter().find(|name| name.chars().count() <= most && !taken.contains(name))
            {
                short[node] = apart;
            }
        }
    }
    short
}

fn within(name: &str, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name.into();
    }
    let digits = letters.iter().rev().take_while(|letter| letter.is_ascii_digit()).count().min(most.saturating_sub(1));
    let (start, end) = (&letters[..most - digits], &letters[letters.len() - digits..]);
    start.iter().chain(end).collect()
}
