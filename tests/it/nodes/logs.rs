//! Logs: whole, cut off, corrupt, altered, shuffled. None that is not what a node wrote passes for a run of the model.

use super::{followed, model_file, plan, run};
use crate::support::{root, synod, text, Log, Plan, Record};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use synod::conform::{follow, gather};
use synod::nodes::log::{self, Event};
use synod::nodes::plan::Crash;
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::Message;
use synod::protocols::single_decree::SingleDecree;

/// The logs of a run with a crash.
fn logged(folder: &Path) {
    let settings = ["faults.crashes=1", "faults.recovery=true"];
    let model = model_file("simple-2x3-rounds-2.toml", &settings);
    let crash = Crash { node: 3.into(), from: Duration::from_millis(3), to: Duration::from_millis(3) };
    run(&Plan { crashes: vec![crash], ..plan(model, 1, 11, folder) });
}

fn line(value: &impl serde::Serialize) -> String {
    let content = serde_json::to_string(value).unwrap();
    format!("{:08x} {content}\n", crc32fast::hash(content.as_bytes()))
}

/// Writes a log as a node would have.
fn write(log: &Log, header: &log::Header) {
    let records: String = log.records.iter().map(line).collect();
    fs::write(&log.file, line(header) + &records).unwrap();
}

fn read_all(folder: &Path) -> Vec<Log> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
    files.sort();
    files.iter().map(|file| log::read::<SingleDecree>(file).unwrap().unwrap()).collect()
}

/// The ways to alter a record, each to something that did not happen.
fn alterations(record: &Record) -> Vec<Record> {
    let mut altered = Vec::new();
    let other = Message::Accept(Proposal::new(9, 9));
    let mut alter = |change: &dyn Fn(&mut Record)| {
        let mut record = record.clone();
        change(&mut record);
        altered.push(record);
    };
    alter(&|record| record.sent.push(("A1".into(), other)));
    alter(&|record| record.local = Some(synod::protocols::single_decree::Local::Gone));
    if !record.sent.is_empty() {
        alter(&|record| _ = record.sent.pop());
        alter(&|record| record.sent[0].1 = other);
    }
    if record.local.is_some() && !matches!(record.event, Event::Start | Event::Recover) {
        alter(&|record| record.local = None);
    }
    if record.saved.is_some() {
        alter(&|record| record.saved = None);
    }
    match &record.event {
        Event::Deliver { from, cause, message } => {
            let (from, cause, message) = (from.clone(), *cause, *message);
            alter(&|record| record.event = Event::Ignore { from: from.clone(), cause, message });
            alter(&|record| record.event = Event::Deliver { from: from.clone(), cause, message: other });
            alter(&|record| record.event = Event::Deliver { from: from.clone(), cause: (cause.0, 77), message });
            alter(&|record| record.event = Event::Start);
        }
        Event::Ignore { from, cause, message } => {
            let (from, cause, message) = (from.clone(), *cause, *message);
            alter(&|record| record.event = Event::Deliver { from: from.clone(), cause, message });
        }
        Event::Recover => alter(&|record| record.event = Event::Start),
        Event::Start => alter(&|record| record.event = Event::Recover),
        Event::Fire(_) | Event::Choose { .. } | Event::Unrecorded(_) => alter(&|record| record.event = Event::Start),
    }
    altered
}

#[test]
fn no_altered_log_conforms() {
    let folder = tempfile::tempdir().unwrap();
    logged(folder.path());
    assert!(followed(folder.path()).iter().all(|path| path.deviation.is_none()));
    let mut tried = 0;
    for log in read_all(folder.path()) {
        for (place, record) in log.records.iter().enumerate() {
            for altered in alterations(record) {
                let mut changed = log.clone();
                changed.records[place] = altered;
                write(&changed, &log.header);
                let gathered = gather::<SingleDecree>(&[folder.path().to_path_buf()]).unwrap();
                let conforms = follow(&gathered, 0).is_ok_and(|path| path.deviation.is_none());
                assert!(!conforms, "{:?} as {:?}", record, changed.records[place]);
                tried += 1;
            }
        }
        write(&log, &log.header);
    }
    assert!(tried > 80, "{tried}");
    assert!(followed(folder.path()).iter().all(|path| path.deviation.is_none()));
}

#[test]
fn clocks_decide_how_a_path_reads_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    logged(folder.path());
    let before = followed(folder.path()).swap_remove(0);
    let mut orders = Vec::new();
    for wrong in 0..5 {
        for (number, log) in read_all(folder.path()).iter().enumerate() {
            let mut header = log.header.clone();
            header.began = ((number + wrong) % 5) as u64 * 3_600_000_000;
            write(log, &header);
        }
        let after = followed(folder.path()).swap_remove(0);
        assert_eq!(after.deviation, None);
        assert_eq!(after.locals, before.locals);
        assert_eq!(after.actions.len(), before.actions.len());
        let names = |path: &super::Followed| path.settled.iter().map(|(p, _)| p.name).collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before));
        if !orders.contains(&after.actions) {
            orders.push(after.actions);
        }
    }
    assert!(orders.len() > 1, "the paths read differently");
}

#[test]
fn a_sending_is_of_its_instance_and_is_received_once() {
    let folder = tempfile::tempdir().unwrap();
    run(&plan(model_file("adapted-1x3.toml", &[]), 2, 14, folder.path()));
    let log: Log = log::read::<SingleDecree>(&folder.path().join("A1.log")).unwrap().unwrap();
    let deviates = |change: &dyn Fn(&mut Vec<Record>), why: &str| {
        for began in [0, log.header.began] {
            let mut changed = log.clone();
            change(&mut changed.records);
            (0..).zip(&mut changed.records).for_each(|(n, record)| record.n = n);
            write(&changed, &log::Header { began, ..log.header.clone() });
            let paths = followed(folder.path());
            let found = paths.iter().find_map(|path| path.deviation.as_ref());
            assert!(found.is_some_and(|deviation| deviation.why.contains(why)), "{found:?}");
        }
        write(&log, &log.header);
    };
    let prepare = |records: &[Record], instance| -> usize {
        let is_it = |record: &Record| record.instance == instance && matches!(record.event, Event::Deliver { .. });
        records.iter().position(is_it).unwrap()
    };
    let cause_of = |record: &Record| match &record.event {
        Event::Deliver { cause, .. } => *cause,
        other => panic!("{other:?}"),
    };
    // A message of the instance before, which says the same.
    let stale = |records: &mut Vec<Record>| {
        let earlier = cause_of(&records[prepare(records, 0)]);
        let place = prepare(records, 1);
        let Event::Deliver { cause, .. } = &mut records[place].event else { unreachable!() };
        *cause = earlier;
    };
    deviates(&stale, "mentions no such message in this instance");
    // A message that arrives again, without anything that duplicates.
    let again = |records: &mut Vec<Record>| {
        let place = records.iter().rposition(|record| matches!(record.event, Event::Deliver { .. })).unwrap();
        let Event::Deliver { from, cause, message } = records[place].event.clone() else { unreachable!() };
        let event = Event::Ignore { from, cause, message };
        let more = Record { event, local: None, saved: None, sent: Vec::new(), ..records[place].clone() };
        records.push(more);
    };
    deviates(&again, "it has arrived before");
    // A message from the node's own future: the record on the circle is named.
    let future = |records: &mut Vec<Record>| {
        let place = prepare(records, 1);
        let last = records.len() as u64 - 1;
        let Event::Deliver { from, cause, .. } = &mut records[place].event else { unreachable!() };
        (*from, *cause) = ("A1".into(), (last, 0));
    };
    deviates(&future, "it was received before it was sent");
}

fn conform(folder: &Path) -> (Option<i32>, String, String) {
    let output = synod(folder, &["conform", "."]);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_log_that_was_cut_off_in_a_line_is_used_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    logged(folder.path());
    let file = folder.path().join("A3.log");
    let last = log::read::<SingleDecree>(&file).unwrap().unwrap().records.len() - 1;
    let whole = fs::read(&file).unwrap();
    let start = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let read = log::read::<SingleDecree>(&file).unwrap().unwrap();
    assert_eq!((read.records.len(), read.intact, read.torn), (last, start as u64, (whole.len() - 5 - start) as u64));
    let (code, shown, errors) = conform(folder.path());
    // The others may mention what its last record sent: then the logs are not enough, and the error says so.
    let told = format!("A3.log: byte {start}: a line of {} bytes was cut off", whole.len() - 5 - start);
    let missing = format!("A3.log ends at byte {start}, after {last} records: the rest of it is missing");
    let is_told = code == Some(0) && shown.contains(&told) || code == Some(2) && errors.contains(&missing);
    assert!(is_told, "{code:?} {shown} {errors}");
    fs::write(&file, b"").unwrap();
    let (code, shown, errors) = conform(folder.path());
    let is_told = code == Some(2) && errors.contains("of which there is no log");
    assert!(is_told || code == Some(0) && shown.contains("A3 left no log"), "{code:?} {shown} {errors}");
}

#[test]
fn a_corrupt_log_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    logged(folder.path());
    let file = folder.path().join("P1.log");
    let whole = fs::read(&file).unwrap();
    let starts: Vec<_> = (0..whole.len()).filter(|at| *at == 0 || whole[at - 1] == b'\n').collect();
    for (number, start) in starts.iter().enumerate() {
        let mut corrupt = whole.clone();
        corrupt[start + 20] ^= 1;
        fs::write(&file, &corrupt).unwrap();
        let (code, _, errors) = conform(folder.path());
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains(&format!("P1.log: byte {start}: ")), "{errors}");
        if number > 0 {
            assert!(errors.contains(&format!("the {} records before it are intact", number - 1)), "{errors}");
        }
        assert_eq!(fs::read(&file).unwrap(), corrupt, "it is left as it is");
    }
    fs::write(&file, &whole).unwrap();
    let file = folder.path().join("A2.log");
    let second = fs::read(&file).unwrap().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len).collect::<Vec<_>>();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, [&whole[..second[0] + second[1]], &whole[second[0] + second[1] + second[2]..]].concat()).unwrap();
    let (code, _, errors) = conform(folder.path());
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("record 1 is corrupt: it says that it is record 2"), "{errors}");
}

#[test]
fn logs_that_do_not_belong_together_are_refused() {
    let refused = |change: &dyn Fn(&Path), what: &str| {
        let folder = tempfile::tempdir().unwrap();
        logged(folder.path());
        change(folder.path());
        let (code, _, errors) = conform(folder.path());
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains(what), "{errors}");
    };
    let with_header = |folder: &Path, change: &dyn Fn(&mut log::Header)| {
        let log = log::read::<SingleDecree>(&folder.join("A2.log")).unwrap().unwrap();
        let mut header = log.header.clone();
        change(&mut header);
        write(&log, &header);
    };
    refused(&|folder| with_header(folder, &|header| header.run += 1), "a log of another run than");
    refused(&|folder| with_header(folder, &|header| header.node = "A9".into()), "there is no node \"A9\"");
    refused(&|folder| with_header(folder, &|header| header.node = "A1".into()), "a log of A1, as ");
    refused(&|folder| with_header(folder, &|header| header.version = 3), "expected a version up to 2");
    refused(
        &|folder| with_header(folder, &|header| header.name = "other".into()),
        "a log of another model's name than",
    );
    for name in ["../x", "", "a\u{1b}[2J", "a\nverdict", &"x".repeat(5000)] {
        refused(
            &|folder| {
                for log in read_all(folder) {
                    write(&log, &log::Header { name: name.into(), ..log.header.clone() });
                }
            },
            "is no name for logs: expected 1 to 200 bytes that print",
        );
    }
    refused(
        &|folder| {
            for mut log in read_all(folder) {
                log.records.clear();
                write(&log, &log.header);
            }
        },
        "the logs have no record",
    );
    refused(
        &|folder| {
            let mut log = log::read::<SingleDecree>(&folder.join("P1.log")).unwrap().unwrap();
            log.records[0].sent[0].0 = "P1\u{1b}[2J".into();
            write(&log, &log.header);
        },
        "there is no node \"P1\\u{1b}[2J\"",
    );
    refused(
        &|folder| with_header(folder, &|header| header.model["bounds"]["acceptors"] = 4.into()),
        "a log of another model than",
    );
    refused(&|folder| fs::remove_file(folder.join("P1.log")).unwrap(), "of which there is no log");
    refused(&|folder| fs::write(folder.join("x.log"), "a note\n").unwrap(), "x.log: byte 0: not a synod-log file");
    let folder = tempfile::tempdir().unwrap();
    assert!(conform(folder.path()).2.contains("there is no log with a whole first line"));
    assert_eq!(synod(folder.path(), &["conform", "none.log"]).status.code(), Some(2));
}

/// The arguments of a lone acceptor whose log is in the folder.
fn acceptor(more: &[&str]) -> Vec<String> {
    let model = root().join("models/single-decree/adapted-2x3-recovery.toml").display().to_string();
    let fixed = ["node", &model, "--id", "A1", "--bind", "0", "--log", "A1.log", "--deadline", "150ms"];
    let peers = ["P1", "P2", "A2", "A3"]
        .iter()
        .enumerate()
        .flat_map(|(port, name)| ["--peer".to_string(), format!("{name}=127.0.0.1:{}", 39_001 + port)]);
    fixed.iter().chain(more).map(|text| text.to_string()).chain(peers).collect()
}

fn lone(folder: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let arguments = acceptor(more);
    let output = synod(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_node_goes_on_with_its_log_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("A1.log");
    let (code, shown, errors) = lone(folder.path(), &[]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(shown.contains("A1 listens at 127.0.0.1:"), "{shown}");
    assert!(shown.contains("A1 starts"), "{shown}");
    let started = fs::read(&file).unwrap();
    // A line that was cut off is taken away; what is before it is kept.
    fs::write(&file, [&started[..], b"0bad"].concat()).unwrap();
    let (code, shown, errors) = lone(folder.path(), &[]);
    assert_eq!(code, Some(0), "{errors}");
    let cut =
        format!("A1.log: byte {}: a line of 4 bytes was cut off; the 1 records before it are kept", started.len());
    assert!(shown.contains(&cut), "{shown}");
    assert!(shown.contains("A1 recovers"), "{shown}");
    let recovered = fs::read(&file).unwrap();
    assert!(recovered.starts_with(&started));
    assert_eq!(log::read::<SingleDecree>(&file).unwrap().unwrap().records.len(), 2);
    // A corrupt line, another run, another model: refused, and nothing is changed.
    let mut corrupt = recovered.clone();
    corrupt[started.len() - 3] ^= 1;
    for (content, more, what) in [
        (&corrupt, &[][..], "record 0 is corrupt: the checksum is"),
        (&recovered, &["--run", "5"][..], "the log of run 0, expected 5; it is left as it is"),
        (&recovered, &["--set", "bounds.proposals=[[1,5],[2,1]]"][..], "the log of a run of another model"),
    ] {
        fs::write(&file, content).unwrap();
        let (code, _, errors) = lone(folder.path(), more);
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains("A1.log") && errors.contains(what), "{errors}");
        assert_eq!(&fs::read(&file).unwrap(), content);
    }
    // A model in which no crashed node comes back.
    fs::remove_file(&file).unwrap();
    let never = ["--set", "faults.recovery=false"];
    assert_eq!(lone(folder.path(), &never).0, Some(0));
    let (code, _, errors) = lone(folder.path(), &never);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("A1 ran already, and its model lets no crashed node come back"), "{errors}");
}

#[test]
fn logs_that_are_still_being_written_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    logged(folder.path());
    let file = folder.path().join("P1.log");
    let whole = fs::read(&file).unwrap();
    let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(&file, lines[..2].concat()).unwrap();
    let (code, _, errors) = conform(folder.path());
    assert!(code == Some(2) && errors.contains("the rest of it is missing"), "{code:?} {errors}");
    let writer = fs::File::open(&file).unwrap();
    log::take(&writer).unwrap();
    for torn in [&b""[..], b"0123 half a line"] {
        fs::write(&file, [&lines[..2].concat(), torn].concat()).unwrap();
        let (code, shown, errors) = conform(folder.path());
        assert_eq!(code, Some(3), "{shown} {errors}");
        assert!(shown.contains("still being written: ./P1.log"), "{shown}");
        assert!(shown.contains("conforms   so far: "), "{shown}");
        assert!(!shown.contains("cut off") && !errors.contains("missing"), "{shown} {errors}");
    }
    drop(writer);
    fs::write(&file, whole).unwrap();
    let (code, shown, errors) = conform(folder.path());
    assert!(code == Some(0) && !shown.contains("being written"), "{shown} {errors}");
}
