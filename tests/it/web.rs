//! Runs the scripts of `tests/web` on Node.js. They need what `tests/setup.sh` installs; without it a test fails
//! and says so, it is never skipped.

use std::path::Path;
use std::process::Command;

/// Runs a script and returns what it printed.
pub fn run(script: &str, arguments: &[String]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web");
    assert!(folder.join("node_modules/mermaid").is_dir(), "npm packages are missing: run tests/setup.sh");
    let chromium = std::env::var("SYNOD_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    assert!(Path::new(&chromium).exists(), "{chromium} is missing: run tests/setup.sh");
    let output = Command::new("node").arg(folder.join(script)).args(arguments).output();
    let output = output.expect("Node.js is missing: run tests/setup.sh");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
