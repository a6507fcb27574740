//! Models of any family as the program checks them, and its JSON report: what the tests of families share.

use crate::support::{root, synod, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// A model: its table `protocol`, and settings of other keys.
#[derive(Clone, Debug)]
pub struct Model {
    pub protocol: String,
    pub settings: Vec<String>,
}

impl Model {
    /// What `synod check` prints of it, or says is wrong.
    pub fn check(&self, options: &[&str]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("m.toml"), &self.protocol).unwrap();
        let settings = self.settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> =
            ["check", "m.toml"].into_iter().chain(settings).chain(options.iter().copied()).collect();
        let output = synod(folder.path(), &arguments);
        match output.status.code() {
            Some(2) => Err(text(&output.stderr)),
            _ => Ok(text(&output.stdout)),
        }
    }

    pub fn explore(&self, engine: &str, strategy: &str) -> Case {
        let report = self.check(&["--engine", engine, "--strategy", strategy, "--json", "-"]);
        let report: Value = serde_json::from_str(&report.unwrap_or_else(|error| panic!("{error}"))).unwrap();
        Case(report["cases"][0].clone())
    }
}

/// A case of a JSON report.
#[derive(Debug)]
pub struct Case(Value);

impl Case {
    /// States, transitions, terminal states, and the depth, which a depth-first search does not find.
    pub fn counts(&self) -> [Option<u64>; 4] {
        let count = |name: &str| self.0["counts"][name].as_u64();
        let transitions = count("generated_states").map(|generated| generated - 1);
        [count("unique_states"), transitions, count("terminal_states"), count("max_depth")]
    }

    /// Compares the case with states, transitions, terminal states, depth, and lengths of shortest paths by name, that a
    /// naive checker found.
    pub fn compare(&self, counts: [usize; 4], hits: &BTreeMap<&str, usize>) {
        let what = &self.0["model"];
        assert_eq!(self.counts(), counts.map(|count| Some(count as u64)), "{what}");
        for (name, result) in self.properties() {
            let length = hits.get(name).copied();
            assert_eq!(self.length(name), length, "shortest trace for {name} of {what}");
            let is_met = hits.contains_key(format!("premise:{name}").as_str());
            let vacuous = result["kind"] == "always" && length.is_none() && !is_met;
            assert_eq!(result["vacuous"], vacuous, "vacuity of {name} of {what}");
        }
    }

    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        let properties = self.0["properties"].as_array().unwrap().iter();
        properties.map(|result| (result["name"].as_str().unwrap(), result))
    }

    /// The length of the shortest trace that settles a property.
    pub fn length(&self, name: &str) -> Option<usize> {
        let (_, result) = self.properties().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}"));
        result["trace_length"].as_u64().map(|length| length as usize)
    }
}

/// Every engine and order but breadth-first search of components.
pub const ENGINES: [(&str, &str); 3] = [("stateright", "bfs"), ("components", "dfs"), ("symbolic", "bfs")];

/// These engines find what the components find.
pub fn agree(model: &Model, case: &Case, engines: &[(&str, &str)]) {
    for (engine, strategy) in engines {
        let other = model.explore(engine, strategy);
        let what = format!("{model:?} with {engine} {strategy}");
        assert_eq!(other.counts()[..3], case.counts()[..3], "{what}");
        if *strategy == "bfs" {
            assert_eq!(other.counts()[3], case.counts()[3], "{what}");
            case.properties()
                .for_each(|(name, _)| assert_eq!(other.length(name), case.length(name), "{name} of {what}"));
        }
    }
}

/// The model files of a folder, of which there are at least so many, say why they exist, come out as they say, and pin
/// everything, lengths included.
pub fn require_pinned(folder: &str, least: usize) {
    let output = synod(root(), &["suite", folder]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let mut files = 0;
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let file = entry.unwrap().path();
        let source = std::fs::read_to_string(&file).unwrap();
        assert!(source.starts_with("# "), "{} opens with the reason for it", file.display());
        let case = Model { protocol: source.clone(), settings: Vec::new() }.explore("components", "bfs");
        for (name, _) in case.properties() {
            let line = source.lines().find(|line| line.split(' ').next() == Some(name));
            let line = line.unwrap_or_else(|| panic!("{} pins {name}", file.display()));
            let steps = line.split_once("# ").map(|(_, steps)| steps.to_string());
            assert_eq!(steps, case.length(name).map(|length| format!("{length} steps")), "{}: {line}", file.display());
        }
        let counts = ["unique_states", "generated_states", "terminal_states", "max_depth"];
        assert!(counts.iter().all(|count| source.contains(&format!("\n{count:<15} = "))), "{}", file.display());
        files += 1;
    }
    assert!(files >= least, "{files}");
}
