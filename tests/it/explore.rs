//! `synod explore`: the Explorer in a real browser, its addresses, its end, and its memory on a large model.

use crate::support::{command, root};
use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

const ONE_VALUE: &str = "models/mutations/adapted-accept-always-2x3.toml";

fn synod(arguments: &[&str]) -> Command {
    command(root(), &[&["explore"], arguments].concat())
}

fn refused(arguments: &[&str]) -> Output {
    let output = synod(arguments).output().expect("synod runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "nothing was explored or served");
    output
}

/// A running `synod explore`, and what it printed before it served.
struct Explorer {
    child: Child,
    /// Kept open: a closed pipe would end it.
    stdout: Option<BufReader<ChildStdout>>,
    printed: Vec<String>,
    url: String,
}

impl Explorer {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(root(), arguments)
    }

    fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = command(folder, &[&["explore"], arguments, &["--address", "127.0.0.1:0"]].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("synod starts");
        let mut explorer = Explorer { child, stdout: None, printed: Vec::new(), url: String::new() };
        let stdout = explorer.child.stdout.take().expect("it is piped");
        let lines = explorer.stdout.insert(BufReader::new(stdout));
        while explorer.url.is_empty() {
            let mut line = String::new();
            lines.read_line(&mut line).expect("it prints text");
            assert_ne!(line, "", "it ended before it served: {:?}", explorer.printed);
            if let Some(serving) = line.strip_prefix("serving") {
                explorer.url = serving.trim().split_once("/ ").expect("a link and how to end").0.to_string();
            }
            explorer.printed.push(line);
        }
        explorer
    }

    /// The link printed for a property.
    fn link(&self, property: &str) -> String {
        let line = self.printed.iter().find(|line| line.split_whitespace().nth(1) == Some(property));
        let line = line.unwrap_or_else(|| panic!("no line for {property} in {:?}", self.printed));
        line.split_whitespace().last().expect("the line has words").to_string()
    }

    fn request(&self, request: &str) -> String {
        let at = self.url.strip_prefix("http://").expect("a link");
        let mut stream = TcpStream::connect(at).expect("it listens");
        write!(stream, "{request} HTTP/1.0\r\nHost: {at}\r\nContent-Length: 0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").expect("a head and a body").1.to_string()
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.request(&format!("GET {path}"))).expect("JSON")
    }

    fn resident_mebibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1024
    }

    /// Interrupts it, as Ctrl-C does, and returns its exit code.
    fn interrupt(&mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let asked = Instant::now();
        let code = self.child.wait().expect("it ends").code();
        assert!(asked.elapsed() < Duration::from_secs(30), "it ended after {:?}", asked.elapsed());
        code
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// Runs the browser driver on what it is to expect.
fn browse(expected: &Value) {
    let web = root().join("tests/web");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), expected.to_string()).expect("it can be written");
    let is_ready = web.join("node_modules/playwright-core").is_dir() && Path::new(&chromium()).exists();
    assert!(is_ready, "the browser tests lack Chromium or their node modules: run tests/setup.sh");
    let output = Command::new("node").arg(web.join("explorer.mjs")).arg(file.path()).output();
    let output = output.expect("the browser tests lack node: run tests/setup.sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn chromium() -> String {
    std::env::var("SYNOD_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into())
}

#[test]
fn a_browser_opens_each_counterexample_at_its_last_step() {
    let explorer = Explorer::start(&[ONE_VALUE]);
    let found = |summary: &str, name: &str| json!([format!("{summary}:"), name]);
    let link = |name: &str, steps: usize, last: &str, label: &str, states: Value| json!({ "url": explorer.link(name), "steps": steps, "last": last, "label": label, "states": states });
    let after_i2 = json!(["A3 APromised <2,2>", "P1 PSentAccReq <1,1>", "A3 AAccepted <2,2>"]);
    browse(&json!({
        "url": explorer.url,
        "status": { "Model": "adapted-accept-always-2x3", "Unique States": "2,841", "Max Depth": "15" },
        "screenshot": std::env::var_os("SYNOD_SCREENSHOT").map(|path| path.to_string_lossy().into_owned()),
        "nodes": ["P1", "P2", "A1", "A2", "A3"],
        "verdicts": [
            found("Counterexample found", "Always i2"), found("Counterexample found", "Always one-value"),
            found("Safety holds", "Always i1"), found("Safety holds", "Always i2-formula"),
            found("Safety holds", "Always agreement"), found("Safety holds", "Always validity"),
            found("Safety holds", "Always stability"), found("Safety holds", "Always refines"),
            found("Example found", "Sometimes accepted"),
            found("Example not found", "Sometimes adopted"), found("Example found", "Sometimes chosen"),
            found("Example found", "Sometimes aborted"), found("Example not found", "Sometimes two-votes"),
            found("Example found", "Sometimes two-ballots"), found("Example not found", "Sometimes blocked"),
        ],
        "links": [
            link("i2", 15, "P2 → A3 Accept<2,2>", "Accept‹2,2›", after_i2),
            link("chosen", 8, "P1 → A2 Accept<1,1>", "Accept‹1,1›", json!(["A2 AAccepted <1,1>"])),
            link("aborted", 3, "A1 → P1 Nack(1)", "Nack(1)", json!(["P1 PAbort after a nack"])),
        ],
    }));
}

#[test]
fn an_interrupt_ends_it_with_success() {
    let mut explorer = Explorer::start(&[ONE_VALUE]);
    assert!(!explorer.url.ends_with(":0"), "the port is the real one: {}", explorer.url);
    assert_eq!(explorer.interrupt(), Some(0));
}

#[test]
fn a_folder_cannot_replace_the_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("ui")).expect("it can be made");
    std::fs::write(folder.path().join("ui/index.htm"), "hijacked").expect("it can be written");
    let model = root().join(ONE_VALUE);
    let explorer = Explorer::start_in(folder.path(), &[model.to_str().expect("text")]);
    assert!(explorer.request("GET /").contains("Stateright Explorer"));
}

#[test]
fn every_printed_link_is_a_discovery_of_the_explorer() {
    for file in
        [ONE_VALUE, "models/mutations/simple-effect-forget-2x1.toml", "models/single-decree/disel-shim-2x3.toml"]
    {
        let explorer = Explorer::start(&[file]);
        let status = explorer.json("/.status");
        assert_eq!(status["done"], true, "an exhaustive search leaves nothing open");
        let listed = status["properties"].as_array().expect("a list");
        let mut discoveries = 0;
        for property in listed.iter().filter(|property| !property[2].is_null()) {
            let (name, path) = (property[1].as_str().expect("a name"), property[2].as_str().expect("a path"));
            assert_eq!(explorer.link(name), format!("{}/#/steps/{path}", explorer.url));
            discoveries += 1;
        }
        assert_eq!(discoveries, explorer.printed.iter().filter(|line| line.contains("/#/steps/")).count());
    }
}

#[test]
fn a_search_cut_short_leaves_what_is_unknown_open() {
    let explorer = Explorer::start(&[ONE_VALUE, "--max-states", "2000"]);
    assert!(explorer.printed.concat().contains("INCOMPLETE (max-states)"));
    std::thread::sleep(Duration::from_millis(300)); // time enough for a checker to end that should not
    let status = explorer.json("/.status");
    assert_eq!(status["done"], false, "the Explorer must not say that a property holds");
    let path = |name: &str| {
        let listed = status["properties"].as_array().expect("a list");
        listed.iter().find(|property| property[1] == name).expect("it is listed")[2].clone()
    };
    assert!(path("accepted").is_string(), "what was found is listed");
    assert!(path("agreement").is_null() && path("i2").is_null());
    assert_eq!(status["unique_state_count"], 2000, "the counts are those of the search");
    assert_eq!(status["model"], "adapted-accept-always-2x3 (INCOMPLETE)");
    assert!(status["recent_path"].as_str().expect("a text").contains("max-states"), "{status}");
}

#[test]
fn a_node_that_crashed_for_good_cannot_be_brought_back() {
    let explorer = Explorer::start(&["models/single-decree/adapted-2x3-crash.toml", "--max-states", "1000"]);
    let offered = |steps: &Value, action: &str| -> (Value, bool) {
        let step =
            steps.as_array().expect("a list").iter().find(|step| step["action"] == action).expect("it is offered");
        (step["actionIndex"].clone(), step["state"].is_string())
    };
    let (crash, is_step) = offered(&explorer.json("/.states/0"), "A1 crashes");
    assert!(is_step);
    let (_, is_step) = offered(&explorer.json(&format!("/.states/0/{crash}")), "A1 recovers");
    assert!(!is_step, "stateright offers it, the model ignores it");
}

#[test]
fn other_machines_are_let_in_only_when_asked_for() {
    let output = refused(&[ONE_VALUE, "--address", "0.0.0.0:0"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--public") && said.contains("0.0.0.0:0"), "{said}");
    let mut child = synod(&[ONE_VALUE, "--address", "0.0.0.0:0", "--public"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("synod starts");
    let mut warning = String::new();
    let stderr = child.stderr.take().expect("it is piped");
    BufReader::new(stderr).read_line(&mut warning).expect("it prints text");
    let _ = child.kill(); // asked for nothing more
    let _ = child.wait();
    assert!(warning.starts_with("warning: other machines can reach"), "{warning}");
}

#[test]
fn an_address_that_cannot_be_served_at_is_unusable_input() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("an address").to_string();
    let output = refused(&[ONE_VALUE, "--address", &address]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&address) && said.contains("in use"), "{said}");
    refused(&[ONE_VALUE, "--address", "nonsense"]);
    refused(&[ONE_VALUE, "--address", "127.0.0.1"]);
    refused(&["models/no-such.toml", "--address", "127.0.0.1:0"]);
}

/// Over 10^7 states: the checker behind the Explorer must hold none of them but those on the paths.
#[test]
fn a_large_model_opens_soon_and_browsing_it_needs_no_memory() {
    let four = ["models/single-decree/simple-3x3.toml", "--set", "bounds.proposers=4", "--max-states", "30000"];
    let explorer = Explorer::start(&four);
    let before = explorer.resident_mebibytes();
    explorer.request("POST /.runtocompletion");
    let link = explorer.link("chosen");
    let path = link.split_once("/steps").expect("a link into the steps").1;
    let opened = Instant::now();
    let steps = path.matches('/').count();
    for (index, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]).take(steps) {
        assert!(explorer.json(&format!("/.states{}", &path[..index])).is_array());
    }
    assert!(opened.elapsed() < Duration::from_secs(30), "the link opened in {:?}", opened.elapsed());
    let status = explorer.json("/.status");
    assert_eq!(status["unique_state_count"], 30_000, "{status}");
    assert!(explorer.resident_mebibytes() < before + 50);
}

/// What an answer to raw bytes begins with, if there is one; and whether the server is still there.
fn raw(explorer: &Explorer, request: &[u8]) -> (String, bool) {
    let at = explorer.url.strip_prefix("http://").expect("a link");
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let _ = stream.write_all(request); // it may have refused the rest
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer); // likewise
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split("\r\n").next().unwrap_or_default().to_string();
    (status, explorer.json("/.status")["done"] == true)
}

#[test]
fn no_request_brings_it_down_and_none_is_taken_without_end() {
    let explorer = Explorer::start(&[ONE_VALUE]);
    let host = explorer.url.strip_prefix("http://").expect("a link");
    let post = |headers: &str| format!("POST /.runtocompletion HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n");
    let get = |headers: &str| format!("GET /.status HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n");
    for (request, status) in [
        (post("Content-Length: 0"), "200"),
        (post("Content-Length: 18446744073709551615"), "413"),
        (post("Content-Length: 99999999999999999999999999"), "413"),
        (post("Content-Length: 1000000000000"), "413"),
        (post("Content-Length: -1"), "400"),
        (post("Content-Length: 0\r\nContent-Length: 5"), "400"),
        (post("Transfer-Encoding: chunked"), "411"),
        (get(&format!("X: {}", "x".repeat(40_000))), "431"),
        (get(&"X: y\r\n".repeat(1000)), "431"),
        (get("X: y\0z"), "400"),
        (format!("GET /.states{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "/0".repeat(5000)), "404"),
        (format!("GET /.states/0/99999999999999999999999 HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404"),
        (format!("DELETE / HTTP/1.1\r\nHost: {host}\r\n\r\n"), "405"),
        ("\0\u{1}\u{2}\r\n\r\n".into(), "400"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "400"),
    ] {
        let (answer, is_there) = raw(&explorer, request.as_bytes());
        let start: String = request.chars().take(120).collect();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{start}: {answer}");
        assert!(is_there, "{start}");
    }
    let before = explorer.resident_mebibytes();
    let endless = "a".repeat(64 << 20);
    let (answer, is_there) = raw(&explorer, endless.as_bytes());
    assert!(is_there && (answer.is_empty() || answer.contains("431")), "{answer}");
    assert!(explorer.resident_mebibytes() < before + 50);
}

#[test]
fn connections_that_say_nothing_do_not_keep_others_out_for_ever() {
    let explorer = Explorer::start(&[ONE_VALUE]);
    let at = explorer.url.strip_prefix("http://").expect("a link");
    let silent: Vec<_> = (0..200).map(|_| TcpStream::connect(at).expect("it listens")).collect();
    let waiting = Instant::now();
    let is_served = || {
        let mut stream = TcpStream::connect(at).expect("it listens");
        write!(stream, "GET /.status HTTP/1.1\r\nHost: {at}\r\n\r\n").is_ok_and(|()| {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).is_ok_and(|_| answer.contains("unique_state_count"))
        })
    };
    while !is_served() {
        assert!(waiting.elapsed() < Duration::from_secs(60), "the silent ones are never given up");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(silent);
}

#[test]
fn only_its_own_pages_and_names_are_answered() {
    let explorer = Explorer::start(&[ONE_VALUE]);
    let host = explorer.url.strip_prefix("http://").expect("a link");
    let port = host.rsplit_once(':').expect("a port").1;
    let ask = |method: &str, host: &str, more: &str| {
        let path = if method == "GET" { "/.status" } else { "/.runtocompletion" };
        raw(&explorer, format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n").as_bytes()).0
    };
    for method in ["GET", "POST"] {
        for own in [host, &format!("localhost:{port}"), "LOCALHOST", "127.0.0.1", "[::1]:3000", "127.0.0.1:8080"] {
            assert!(ask(method, own, "").contains(" 200 "), "{method} {own}");
            let origin = format!("Origin: http://{own}\r\nSec-Fetch-Site: same-origin\r\n");
            assert!(ask(method, own, &origin).contains(" 200 "), "{method} {own}");
        }
        for other in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1.evil.example", "10.0.0.1", "", "[::1"]
        {
            assert!(!ask(method, other, "").contains(" 200 "), "{method} {other}");
        }
        for foreign in [
            "Origin: http://evil.example\r\n",
            "Origin: null\r\n",
            "Origin: http://localhost:1\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
        ] {
            assert!(ask(method, host, foreign).contains(" 403 "), "{method} {foreign}");
        }
    }
}

#[test]
fn its_page_is_the_one_of_the_stateright_that_it_is_built_with() {
    let mut cargo = Command::new(env!("CARGO"));
    let target = "x86_64-unknown-linux-gnu"; // any one will do: the packages of the others may not be here
    cargo.args(["metadata", "--format-version", "1", "--offline", "--filter-platform", target]).current_dir(root());
    let metadata = cargo.output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let stateright = packages.iter().find(|package| package["name"] == "stateright").expect("it is built with it");
    let folder = Path::new(stateright["manifest_path"].as_str().expect("a path")).with_file_name("ui");
    let explorer = Explorer::start(&[ONE_VALUE]);
    for (page, file) in [("/", "index.htm"), ("/app.css", "app.css"), ("/app.js", "app.js")] {
        let published = std::fs::read_to_string(folder.join(file)).expect("it has the page");
        assert!(explorer.request(&format!("GET {page}")).ends_with(&published), "{page} differs");
    }
}
