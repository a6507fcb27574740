//! Checks whose search is spread over processes, by the command line: the report is that of one process, and whatever happens to
//! a process, the others end with a clear error.

use crate::support::{all_model_files, command, root, synod, text};
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A model that takes a second or two, for what is done to processes while they search.
const LONG: [&str; 4] = ["--set", "bounds.acceptors=3", "--set", "expect={}"];

fn model(name: &str) -> String {
    root().join("models").join(name).display().to_string()
}

/// What a report says outside of `run`, and how many processes it tells of.
fn outside(output: &Output) -> (Value, Value) {
    let report = text(&output.stdout);
    let mut report: Value =
        serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {report}{}", text(&output.stderr)));
    let run = report["cases"][0].as_object_mut().unwrap().remove("run").unwrap();
    (report, run["processes"].clone())
}

/// The traces of a folder, by name.
fn traces(folder: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    let mut traces: Vec<_> = entries
        .map(|path| (path.strip_prefix(folder).unwrap().into(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    traces.sort();
    traces
}

/// True iff the file pins so few states that a debug build is quick with it.
fn is_small(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap();
    let pinned = text.lines().find_map(|line| line.strip_prefix("unique_states")?.trim().strip_prefix('='));
    pinned.and_then(|count| count.trim().replace('_', "").parse::<u64>().ok()).is_some_and(|count| count <= 700)
}

/// The same report, verdicts, counts and paths, byte for byte, and the same traces.
#[test]
fn a_small_model_on_several_processes_is_reported_like_on_one() {
    let mut files: Vec<_> = all_model_files().into_iter().filter(|file| is_small(file)).collect();
    files.sort();
    assert!(files.len() >= 12, "{}", files.len());
    for (number, file) in files.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let file = file.display().to_string();
        let check = |processes: &str, traces: &str| {
            let spread = ["--processes", processes, "--threads", "1"];
            let all = ["check", &file, "--json", "-", "--quiet", "--traces", traces];
            let spread = if processes == "1" { &["--engine", "components"][..] } else { &spread[..] };
            synod(folder.path(), &[&all, spread].concat())
        };
        let alone = check("1", "traces");
        let kept = traces(&folder.path().join("traces"));
        let _ = std::fs::remove_dir_all(folder.path().join("traces")); // there may be none
        let processes = ["2", "4"][number % 2];
        let found = check(processes, "traces");
        assert_eq!(found.status.code(), alone.status.code(), "{file}: {}", text(&found.stderr));
        let ((found, told), (alone, _)) = (outside(&found), outside(&alone));
        assert_eq!(found, alone, "{file}");
        assert_eq!(told, processes.parse::<u64>().unwrap());
        assert_eq!(traces(&folder.path().join("traces")), kept, "{file}");
    }
}

/// Processes that were started one by one, as on several hosts.
struct Hosts {
    folder: tempfile::TempDir,
    children: Vec<Child>,
}

impl Hosts {
    /// A folder with their file, of addresses that are free.
    fn file(count: usize) -> tempfile::TempDir {
        let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let hosts = listeners.iter().map(|listener| format!("{}\n", listener.local_addr().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hosts"), format!("# three here\n\n{}", hosts.collect::<String>())).unwrap();
        folder
    }

    /// Starts them, each with the arguments that a function gives it.
    fn start(count: usize, model: &str, more: impl Fn(usize) -> Vec<String>) -> Self {
        let folder = Self::file(count);
        let start = |index: usize| {
            let fixed =
                ["check", model, "--json", "-", "--hosts", "hosts", "--index", &index.to_string(), "--threads", "1"];
            let mut command = command(folder.path(), &fixed);
            command
                .args(more(index))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let children = (0..count).map(start).collect();
        Hosts { folder, children }
    }

    /// What became of each, within a time.
    fn end(mut self, within: Duration) -> Vec<Output> {
        let until = Instant::now() + within;
        let mut ended = Vec::new();
        for mut child in self.children.drain(..) {
            while child.try_wait().unwrap().is_none() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            let was_in_time = Instant::now() < until;
            let _ = child.kill(); // it may have ended
            ended.push(child.wait_with_output().unwrap());
            assert!(was_in_time, "{}", text(&ended.last().unwrap().stderr));
        }
        ended
    }
}

/// `kill` with a signal, which the standard library has only one of.
fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

fn strings(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| argument.to_string()).collect()
}

/// Process 0 reports what one process would, the others say nothing.
#[test]
fn hosts_search_together_and_the_first_one_reports() {
    let file = model("single-decree/adapted-2x3.toml");
    let folder = Hosts::file(3);
    std::fs::write(folder.path().join("secret"), "open sesame\n").unwrap();
    let start = |index: &str| {
        let hosts = ["--hosts", "hosts", "--index", index, "--secret-file", "secret", "--threads", "1"];
        let mut command = command(folder.path(), &["check", &file, "--json", "-", "--quiet"]);
        command.args(hosts).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = ["2", "0", "1"].into_iter().map(start).collect();
    let ended: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let alone = synod(folder.path(), &["check", &file, "--json", "-", "--quiet", "--engine", "components"]);
    let (found, processes) = outside(&ended[1]);
    assert_eq!((found, processes), (outside(&alone).0, 3.into()));
    for output in &ended {
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    }
    assert!(ended[0].stdout.is_empty() && ended[2].stdout.is_empty());
}

/// Whatever is done to one of the processes, and whenever, the others end with exit 3, say so, and report nothing.
#[test]
fn a_process_that_is_killed_or_frozen_ends_the_others() {
    let file = model("single-decree/simple-2x3-rounds-2.toml");
    let mut early = 0;
    for number in 0..8 {
        let patience = ["--patience", "2s", "--quiet"];
        let mut hosts = Hosts::start(3, &file, |_| strings(&[&LONG[..2], &patience].concat()));
        std::thread::sleep(Duration::from_millis([0, 30, 80, 160, 300, 500, 700, 900][number]));
        let victim = number % 3;
        let how = if number % 4 == 3 { "-STOP" } else { "-KILL" };
        signal(&hosts.children[victim], how);
        let mut victim = hosts.children.remove(victim);
        let folder = hosts.folder.path().to_path_buf();
        for output in hosts.end(Duration::from_secs(20)) {
            let errors = text(&output.stderr);
            assert_eq!((output.status.code(), text(&output.stdout)), (Some(3), String::new()), "{number}: {errors}");
            assert!(errors.starts_with("error: process") && errors.lines().count() == 1, "{number}: {errors}");
            early += u32::from(errors.contains("come within"));
        }
        assert!(!folder.join("traces").exists());
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
    assert!(early < 10, "no process was killed while it searched");
}

/// The processes that a process has started.
fn started_by(parent: u32) -> Vec<String> {
    let children = format!("/proc/{parent}/task/{parent}/children");
    std::fs::read_to_string(children).unwrap_or_default().split_whitespace().map(String::from).collect()
}

/// A process that has started others takes them along, and ends if one of them does.
#[test]
fn no_process_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/simple-2x3-rounds-2.toml");
    for victim in ["first", "other", "interrupted"] {
        let arguments = ["check", &file, "--processes", "3", "--threads", "1", "--patience", "5s"];
        let mut command = command(folder.path(), &[&arguments[..], &LONG[..2]].concat());
        let mut first = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        let mut others = Vec::new();
        while others.len() < 2 && begun.elapsed() < Duration::from_secs(9) {
            others = started_by(first.id());
        }
        std::thread::sleep(Duration::from_millis(400));
        match victim {
            "first" => first.kill().unwrap(),
            "other" => assert!(Command::new("kill").args(["-KILL", &others[1]]).status().unwrap().success()),
            _ => signal(&first, "-INT"),
        }
        let output = first.wait_with_output().unwrap();
        let errors = text(&output.stderr);
        match victim {
            "first" => assert_eq!(output.status.code(), None),
            "other" => {
                assert_eq!((output.status.code(), text(&output.stdout)), (Some(3), String::new()), "{errors}");
                assert!(errors.contains("error: process ") && errors.ends_with(" is gone\n"), "{errors}");
            }
            _ => assert_eq!(output.status.code(), Some(3), "{errors}"),
        }
        let is_there = |id: &String| {
            let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            !status.is_empty() && !status.contains(") Z ")
        };
        let ended = Instant::now();
        while others.iter().any(is_there) && ended.elapsed() < Duration::from_secs(9) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!others.iter().any(is_there), "{victim}");
    }
}

#[test]
fn processes_of_different_models_secrets_or_limits_say_what_differs() {
    let file = model("single-decree/adapted-2x3.toml");
    let ends = |more: &dyn Fn(usize) -> Vec<String>| -> Vec<String> {
        let ended = Hosts::start(2, &file, more).end(Duration::from_secs(20));
        let is_well = |output: &Output| output.status.code() == Some(3) && output.stdout.is_empty();
        assert!(ended.iter().all(is_well));
        ended.iter().map(|output| text(&output.stderr)).collect()
    };
    let quiet = |index: usize, more: &[&str]| strings(if index == 1 { more } else { &["--quiet"] });
    let told = ends(&|index| quiet(index, &["--set", "bounds.acceptors=2", "--set", "expect={}", "--quiet"]));
    assert_eq!(told[0], "error: process 1 searches something else: bounds.acceptors 2 there, 3 here\n");
    assert_eq!(told[1], "error: process 0 searches something else: bounds.acceptors 3 there, 2 here\n");
    let told = ends(&|index| quiet(index, &["--max-depth", "3", "--quiet"]));
    assert_eq!(told[0], "error: process 1 searches something else: max-depth 3 there, null here\n");
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret").display().to_string();
    std::fs::write(&secret, "known to one").unwrap();
    let told = ends(&|index| quiet(index, &["--secret-file", &secret, "--quiet"]));
    assert_eq!(told, ["error: process 1 has another secret\n", "error: process 0 has another secret\n"]);
}

#[test]
fn what_several_processes_cannot_do_is_refused() {
    let folder = Hosts::file(2);
    let (file, other) = (model("single-decree/adapted-2x3.toml"), model("single-decree/simple-2x3.toml"));
    let refused = |code: i32, arguments: &[&str], why: &str| {
        let output = synod(folder.path(), &[&["check"], arguments].concat());
        let errors = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()), "{errors}");
        assert!(errors.contains(why), "{errors}");
    };
    let two = ["--processes", "2"];
    for (more, why) in [
        (&["--strategy", "dfs"][..], "--processes: expected --strategy bfs"),
        (&["--engine", "symbolic"], "--processes: expected --engine components"),
        (&["--identity", "hash"], "--processes: expected --identity value"),
        (&["--max-states", "9"], "--processes: expected no --max-states"),
        (&["--until-decided"], "--processes: expected no --until-decided"),
        (&["--checkpoint", "kept"], "--processes: expected neither --checkpoint nor --resume"),
        (&["--hosts", "hosts", "--index", "0"], "cannot be used with"),
        (&[&other], "give one FILE"),
        (&["--patience", "3ms"], "--patience: 3ms is too short, expected 1s or more"),
    ] {
        refused(2, &[&[&file[..]][..], &two, more].concat(), why);
    }
    refused(2, &[&file, "--processes", "0"], "0 is not in 1..=64");
    refused(2, &[&file, "--patience", "3s"], "--patience: expected --processes or --hosts beside it");
    refused(2, &[&file, "--hosts", "hosts"], "--index <K>");
    refused(2, &[&file, "--hosts", "hosts", "--index", "2"], "--index: 2, expected 0..2: hosts has 2 processes");
    refused(2, &[&file, "--hosts", "nowhere", "--index", "0"], "nowhere: cannot be read");
    refused(2, &[&file, "--hosts", "hosts", "--index", "0", "--secret-file", "none"], "none: cannot be read");
    for (text, why) in [
        ("", "0 processes, expected 1..=1024"),
        ("127.0.0.1:1\nelsewhere\n", "odd:2: \"elsewhere\", expected HOST:PORT"),
        ("127.0.0.1:1\n127.0.0.1:1\n", "odd:2: 127.0.0.1:1 is there twice"),
        ("127.0.0.1:1\n192.0.2.1:1\n", "odd: processes on other hosts are to have a common secret; give --secret-file"),
    ] {
        std::fs::write(folder.path().join("odd"), text).unwrap();
        refused(2, &[&file, "--hosts", "odd", "--index", "0"], why);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap();
    std::fs::write(folder.path().join("taken"), format!("{place}\n127.0.0.1:1\n")).unwrap();
    refused(3, &[&file, "--hosts", "taken", "--index", "0"], &format!("{place}: cannot listen there: "));
    refused(3, &[&file, "--hosts", "hosts", "--index", "1", "--patience", "1s"], "process 0 has not come within 1s");
    assert!(!folder.path().join("kept").exists());
}
