//! The commands in README print what README says. Times and thread counts, which differ from run to run, are masked; a line
//! of `...` stands for any number of lines.

use crate::support::{command, root, text};
use std::path::{Path, PathBuf};

/// A command and the output that README shows for it.
struct Example {
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The examples in the `console` blocks of a Markdown text: `$ command`, then its output.
fn examples(markdown: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_inside = false;
    for (number, line) in (1..).zip(markdown.lines()) {
        if line.starts_with("```") {
            is_inside = line == "```console";
        } else if let (true, Some(command)) = (is_inside, line.strip_prefix("$ ")) {
            examples.push(Example { line: number, command: command.into(), output: Vec::new() });
        } else if is_inside {
            examples.last_mut().expect("a console block opens with a command").output.push(line.into());
        }
    }
    examples
}

/// The line without what differs from run to run: seconds, and the number of threads.
fn masked(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_string).collect();
    for index in 1..words.len() {
        let unit = words[index].trim_end_matches([',', ';', ')', ':']);
        if matches!(unit, "s" | "thread" | "threads") && words[index - 1].trim_start_matches('(').parse::<f64>().is_ok()
        {
            words[index] = words[index].replace("threads", "thread");
            words[index - 1] = "N".into();
        }
    }
    words.join(" ").trim_end().to_string()
}

/// True iff the lines match, where an expected `...` stands for any number of lines.
fn matches(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((elided, rest)) if elided.trim() == "..." => {
            (0..=found.len()).any(|skipped| matches(rest, &found[skipped..]))
        }
        Some((first, rest)) => found.first().is_some_and(|line| line == first) && matches(rest, &found[1..]),
    }
}

fn lines<'a>(text: impl Iterator<Item = &'a str>) -> Vec<String> {
    text.map(masked).collect()
}

/// Runs the examples of a Markdown file, with these programs, in an empty folder that has the models of the repository.
fn verify(markdown: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for link in ["models", "examples"] {
        std::os::unix::fs::symlink(root().join(link), folder.path().join(link)).unwrap();
    }
    let examples = examples(&std::fs::read_to_string(markdown).unwrap());
    for example in &examples {
        let place = format!("{}:{}: {}", markdown.display(), example.line, example.command);
        let words = shlex::split(&example.command).expect("a command that a shell takes");
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let output = match words[0].as_str() {
            "synod" => command(folder.path(), &arguments).env("NO_COLOR", "1").output().unwrap(),
            "two_phase" => crate::family::two_phase(folder.path(), &arguments),
            other => panic!("{place}: {other} is no program of ours"),
        };
        let shown = text(&output.stdout) + &text(&output.stderr);
        let expected = lines(example.output.iter().map(String::as_str));
        assert!(matches(&expected, &lines(shown.lines())), "{place}: the program prints\n{shown}");
    }
    examples.len()
}

#[test]
fn the_commands_in_readme_print_what_it_says() {
    assert!(verify(&root().join("README.md")) >= 2);
}

/// The pages of the documentation.
fn pages() -> Vec<PathBuf> {
    let pages = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn the_commands_in_the_documentation_print_what_it_says() {
    let commands: usize = pages().iter().map(|page| verify(page)).sum();
    assert!(commands >= 5, "{commands}");
}

/// What is in a file; nothing if it is a folder.
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Links to files of the repository, and to their headings.
#[test]
fn links_lead_somewhere() {
    let own = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page));
    let mut followed = 0;
    for page in pages().into_iter().chain(own) {
        let markdown = std::fs::read_to_string(&page).unwrap();
        let prose: String = markdown.split("```").step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            let link = rest.split([')', ' ']).next().unwrap();
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = page.parent().unwrap().join(file);
            assert!(file.is_empty() || target.exists(), "{}: {link} is not there", page.display());
            let slug = |line: &str| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-");
            let linked = if file.is_empty() { markdown.clone() } else { text_of(&target) };
            let is_there =
                heading.is_empty() || linked.lines().any(|line| line.starts_with('#') && slug(line) == heading);
            assert!(is_there, "{}: there is no heading {heading}", page.display());
            followed += 1;
        }
    }
    assert!(followed > 40, "{followed}");
}

#[test]
fn an_output_that_differs_is_found() {
    let of = |text: &[&str]| lines(text.iter().copied());
    assert!(matches(&of(&["a", "...", "in 0.02 s (2 threads)"]), &of(&["a", "b", "c", "in 1.50 s (1 thread)"])));
    assert!(matches(&of(&["..."]), &of(&[])));
    assert!(!matches(&of(&["a"]), &of(&["a", "b"])));
    assert!(!matches(&of(&["a", "...", "d"]), &of(&["a", "b"])));
    assert!(!matches(&of(&["2,677 states in 0.00 s"]), &of(&["2,678 states in 0.00 s"])));
}
