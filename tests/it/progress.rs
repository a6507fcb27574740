//! How far a long command is: never wider than the terminal, gone when it is over, and plain lines elsewhere.

use crate::support::{command, root, text};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use synod::check::Engine;
use synod::cli::progress::{searching, Message, Output, Progress};
use synod::engine::{Control, Strategy};

/// What is written, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        text(&self.0.lock().unwrap())
    }
}

fn said(columns: Option<fn() -> usize>, what: &str) -> String {
    let kept = Kept::default();
    let soon = Duration::from_millis(20);
    let output = Output { writer: Box::new(kept.clone()), columns, first: soon, every: soon };
    let what = what.to_string();
    let progress = Progress::on(output, move |_| Message { what: what.clone(), figures: "1,234 states, 5/s".into() });
    let waiting = Instant::now();
    while kept.text().matches("states").count() < 3 && columns.is_none_or(|columns| columns() > 30) {
        assert!(waiting.elapsed() < Duration::from_secs(30), "nothing is said: {:?}", kept.text());
        std::thread::sleep(soon);
    }
    std::thread::sleep(soon * 3);
    progress.stop();
    kept.text()
}

#[test]
fn off_a_terminal_it_is_whole_lines_and_nothing_else() {
    let said = said(None, "a model\n::stop::");
    assert!(said.lines().count() >= 3, "{said}");
    for line in said.lines() {
        assert_eq!(line, "a model\\n:\\u{3a}stop::: 1,234 states, 5/s");
    }
}

#[test]
fn on_a_terminal_no_line_reaches_the_last_column_and_nothing_stays() {
    let widths: [fn() -> usize; 6] = [|| 0, || 1, || 2, || 12, || 40, || 200];
    for columns in widths {
        for what in ["adapted-2x3", "名前がとても長い模型の名前がとても長い模型", &"long ".repeat(50)]
        {
            let said = said(Some(columns), what);
            let plain = said.replace("\x1b[?7l", "").replace("\x1b[?7h", "");
            let drawn: Vec<_> = plain.split("\x1b[J").map(|line| line.trim_matches('\r')).collect();
            for line in &drawn {
                let width = console::measure_text_width(line);
                assert!(width == 0 || width < columns(), "{width} of {}: {line:?}", columns());
            }
            if columns() >= 40 {
                assert!(drawn.iter().any(|line| line.ends_with(": 1,234 states, 5/s")), "{drawn:?}");
            }
            assert!(said.ends_with("\r\x1b[J"), "{said:?}");
        }
    }
}

/// A terminal with a shell in it, driven from outside.
struct Terminal {
    socket: String,
}

impl Terminal {
    fn start(name: &str, columns: u32) -> Self {
        let terminal = Terminal { socket: format!("synod-test-{name}-{}", std::process::id()) };
        let size = [&columns.to_string(), "12"].map(String::from);
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &size[0],
            "-y",
            &size[1],
            "env PS1='$ ' TERM=screen sh",
        ]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.socket]).args(arguments).current_dir(root()).output();
        let output = output.expect("the tests of the progress line lack tmux: run tests/setup.sh");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The screen and what scrolled out of it.
    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-100"])
    }

    fn wait_for(&self, what: &str) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(what) {
                return screen;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "no {what:?} on {screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
        // it may be gone
    }
}

/// Runs a search that no one waits for in a terminal, narrows the terminal, ends the search, and returns the screen.
fn searched(name: &str, end: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let synod = env!("CARGO_BIN_EXE_synod");
    let traces = folder.path().display().to_string();
    let terminal = Terminal::start(name, 100);
    let script = format!(
        "trap : INT; seq 1 40; cd models/single-decree; {synod} check adapted-2x3.toml --set bounds.proposers=5 --set bounds.acceptors=5 \
         --engine components --traces {traces} --timeout 60s >/dev/null; echo ended with $?"
    );
    let file = folder.path().join("search.sh");
    std::fs::write(&file, script).unwrap();
    terminal.tmux(&["send-keys", &format!("sh {}", file.display()), "Enter"]);
    terminal.wait_for(" states, ");
    terminal.tmux(&["resize-window", "-x", "30", "-y", "12"]);
    std::thread::sleep(Duration::from_millis(900));
    let narrow = terminal.screen();
    let lines = narrow.lines().filter(|line| line.contains(" states") || line.contains("adapted-2x3:"));
    assert_eq!(lines.count(), 1, "the line is drawn once, and whatever it was before is gone: {narrow}");
    terminal.tmux(&["send-keys", end]);
    terminal.wait_for("ended with 3")
}

#[test]
fn the_line_leaves_nothing_behind_in_a_terminal_that_was_narrowed() {
    let screen = searched("interrupt", "C-c");
    assert!(!screen.contains("states") && !screen.contains("^C"), "{screen}");
    let ended = screen.lines().filter(|line| !line.is_empty() && !line.starts_with('$'));
    let ended: Vec<_> = ended.skip_while(|line| !line.contains("ended")).collect();
    assert_eq!(ended, ["ended with 3"], "{screen}");
}

#[test]
fn every_command_that_takes_long_says_how_far_it_is() {
    let model = "models/single-decree/adapted-2x3.toml";
    let huge = ["--set", "bounds.proposers=5", "--set", "bounds.acceptors=5"];
    let graph = ["graph", model, "--format", "dot", "--max-states", "100000"];
    for (name, command_line) in [("stats", &["stats", model, "--max-states", "1000000000"][..]), ("graph", &graph)] {
        let terminal = Terminal::start(name, 100);
        let synod = env!("CARGO_BIN_EXE_synod");
        let line = format!("{synod} {} {} >/dev/null; echo ended with $?", command_line.join(" "), huge.join(" "));
        terminal.tmux(&["send-keys", &line, "Enter"]);
        terminal.wait_for(" states, ");
        terminal.tmux(&["send-keys", "C-c"]);
        let screen = terminal.wait_for("ended with 3");
        assert!(!screen.contains(" states, "), "{screen}");
    }
    let output = command(Path::new(root()), &["stats", model]).output().unwrap();
    assert_eq!(text(&output.stderr), "", "a short one says nothing");
}

/// A search without single states to count says what it is at.
#[test]
fn a_search_for_all_states_at_once_says_how_many_nodes_it_has() {
    let model = crate::support::model("simple", &["bounds.proposers=5", "bounds.acceptors=5"]);
    let control = Arc::new(Control::default());
    let searched = control.clone();
    let options = crate::support::options(Engine::Symbolic, Strategy::Bfs);
    let search = std::thread::spawn(move || synod::check::check(&model, &options, &searched).map(|_| ()));
    let message = searching("simple", control.clone());
    let started = Instant::now();
    let figures = loop {
        let figures = message(started.elapsed()).figures;
        if figures.starts_with("looking for all states at once, ") && !figures.contains(", 0 nodes") {
            break figures;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{figures}");
        std::thread::sleep(Duration::from_millis(5));
    };
    control.interrupt();
    assert!(search.join().expect("it ends").is_ok());
    assert!(figures.contains(" nodes, ") && !figures.contains("0 states"), "{figures}");
}
