//! `action.yml`: its shell steps are run as a GitHub runner would run them, with a `cargo` that installs the program
//! under test.

use super::{project, read, workplace};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use yaml_rust2::{Yaml, YamlLoader};

fn action() -> Yaml {
    let text = std::fs::read_to_string(project("action.yml")).expect("action.yml is there");
    YamlLoader::load_from_str(&text).expect("action.yml is YAML").remove(0)
}

/// A text with `${{ inputs.NAME }}` replaced by what was given or by the default, and what the runner knows by itself.
fn resolved(action: &Yaml, text: &str, given: &BTreeMap<&str, &str>) -> String {
    let system = given.get("system").copied().unwrap_or("Linux-X64");
    match text {
        "${{ github.action_repository }}" => return "owner/synod".into(),
        "${{ github.server_url }}" => return "https://example.org".into(),
        "${{ runner.os }}-${{ runner.arch }}" => return system.into(),
        _ => {}
    }
    let inner = text.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
    let Some(name) = inner else { return text.into() };
    let input = &action["inputs"][name];
    assert!(!input.is_badvalue(), "{text} is an input");
    given.get(name).map_or_else(|| input["default"].as_str().unwrap_or_default().into(), |value| value.to_string())
}

/// Stand-ins for the programs that fetch and build things.
fn stand_ins(folder: &Path) {
    std::fs::create_dir(folder.join("bin")).expect("it is new");
    let synod = env!("CARGO_BIN_EXE_synod");
    let cargo = format!(
        "#!/bin/sh\n[ \"$*\" = \"install --locked --quiet --path $GITHUB_ACTION_PATH --root $RUNNER_TEMP/synod\" ] || \
         {{ echo \"cargo $*\" >&2; exit 9; }}\nmkdir -p \"$RUNNER_TEMP/synod/bin\"\nln -sf '{synod}' \"$RUNNER_TEMP/synod/bin/synod\"\n"
    );
    // What a release holds for a system, at the address where its workflow puts it.
    let curl = format!(
        "#!/bin/sh\nfor last; do :; done\n\
         [ \"$last\" = https://example.org/owner/synod/releases/download/v9/synod-x86_64-unknown-linux-gnu.tar.gz ] || \
         {{ echo \"curl $*\" >&2; exit 22; }}\ntar --create --gzip --dereference --directory '{}' synod\n",
        Path::new(synod).parent().expect("it is in a folder").display()
    );
    let rustup = "#!/bin/sh\n[ \"$1 $2\" = \"toolchain install\" ]\n";
    for (name, script) in [("cargo", cargo.as_str()), ("rustup", rustup), ("curl", curl.as_str())] {
        let path = folder.join("bin").join(name);
        std::fs::write(&path, script).expect("the folder is there");
        let made = Command::new("chmod").arg("+x").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()));
    }
}

/// Runs the shell steps in a folder; the output of the last one.
fn run_steps(folder: &Path, given: &BTreeMap<&str, &str>) -> Output {
    let action = action();
    stand_ins(folder);
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut last = None;
    let steps = action["runs"]["steps"].as_vec().expect("a composite action has steps");
    for step in steps.iter().filter(|step| !step["run"].is_badvalue()) {
        assert_eq!(step["shell"].as_str(), Some("bash"), "every step of a composite action names its shell");
        let script = step["run"].as_str().expect("a step is a script");
        assert!(!script.contains("${{"), "inputs reach a script through its environment, not its text");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
        command.env("PATH", &path).env("RUNNER_TEMP", folder.join("runner")).env("GITHUB_ACTIONS", "true");
        command.env("GITHUB_ACTION_PATH", project(".")).env("GITHUB_OUTPUT", folder.join("output"));
        command.env("GITHUB_STEP_SUMMARY", folder.join("summary"));
        for (name, value) in step["env"].as_hash().expect("a step has an environment") {
            let value = resolved(&action, value.as_str().expect("a value is text"), given);
            command.env(name.as_str().expect("a name is text"), value);
        }
        let output = command.output().expect("bash is there");
        let is_over = !output.status.success();
        last = Some(output);
        if is_over {
            break; // a runner goes on after a step only if it succeeded
        }
    }
    last.expect("there is a step")
}

#[test]
fn it_is_a_composite_action_whose_inputs_are_all_described() {
    let action = action();
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    for (name, input) in action["inputs"].as_hash().expect("it has inputs") {
        assert!(input["description"].as_str().is_some() && input["default"].as_str().is_some(), "{name:?}");
    }
    let steps = action["runs"]["steps"].as_vec().expect("it has steps");
    let used: Vec<_> = steps.iter().filter_map(|step| step["uses"].as_str()).collect();
    assert_eq!(used, ["actions/upload-artifact@v4", "github/codeql-action/upload-sarif@v3"]);
}

#[test]
fn its_steps_pass_a_good_suite_and_fill_the_summary() {
    let folder = workplace(false);
    let output = run_steps(folder.path(), &BTreeMap::new());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read(folder.path(), "output"), "exit-code=0\n");
    assert!(read(folder.path(), "summary").starts_with("## ✅ good: as expected"));
    for file in ["report.json", "junit.xml", "report.sarif", "report.md", "report.html", "traces/good.chosen.json"] {
        assert!(folder.path().join("synod-reports").join(file).is_file(), "{file}");
    }
}

#[test]
fn it_takes_the_binary_of_a_release() {
    let folder = workplace(false);
    let output = run_steps(folder.path(), &[("release", "v9")].into());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.path().join("runner/synod/bin/synod").is_symlink(), "it was downloaded, not built");
    for (given, why) in [
        (("release", "v8"), "releases/download/v8/synod-x86_64-unknown-linux-gnu.tar.gz"),
        (("system", "Linux-RISCV"), "there is no binary for Linux-RISCV"),
    ] {
        let folder = workplace(false);
        let output = run_steps(folder.path(), &BTreeMap::from_iter([("release", "v9"), given]));
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The workflow that builds releases names their files as the action asks for them.
#[test]
fn releases_hold_what_the_action_asks_for() {
    let workflow = std::fs::read_to_string(project(".github/workflows/release.yml")).expect("it is there");
    let workflow = YamlLoader::load_from_str(&workflow).expect("it is YAML").remove(0);
    let built = workflow["jobs"]["binaries"]["strategy"]["matrix"]["include"].as_vec().expect("a list").iter();
    let built: Vec<_> = built.map(|each| each["target"].as_str().expect("a target").to_string()).collect();
    let action = std::fs::read_to_string(project("action.yml")).expect("it is there");
    let asked =
        action.lines().filter_map(|line| line.split_once("target=")).map(|(_, rest)| rest.trim_end_matches(" ;;"));
    assert_eq!(asked.collect::<Vec<_>>(), built);
}

#[test]
fn its_steps_fail_with_a_suite_that_is_not_as_expected() {
    let folder = workplace(true);
    let output = run_steps(folder.path(), &[("reports", "out put"), ("args", "--threads 1 --timeout 5m")].into());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read(folder.path(), "output"), "exit-code=1\n");
    assert!(read(folder.path(), "summary").contains("1 not as expected"));
    let annotation = "::error file=models/broken.toml,line=16,";
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches(annotation).count(), 1);
    assert!(folder.path().join("out put/report.sarif").is_file());
}

#[test]
fn its_steps_fail_without_a_summary_where_the_input_is_unusable() {
    let folder = workplace(false);
    let output = run_steps(folder.path(), &[("folder", "nowhere; touch injected")].into());
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("summary").exists() && !folder.path().join("injected").exists());
}
