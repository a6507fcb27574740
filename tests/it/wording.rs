//! Text as it is shown: what would deceive is written out, lines are folded, tables fit, counts are exact.

use synod::report::{exact, exact_each_or_none, exact_or_null};
use synod::terminal::{columns, fold, table, Cell, BAD};
use synod::trace::{json, shortened, visible, visible_lines, wrap};

#[test]
fn deceptive_characters_are_written_out() {
    assert_eq!(visible("a\u{202e}b\nc\u{1b}[31m\u{2028}"), "a\\u{202e}b\\nc\\u{1b}[31m\\u{2028}");
    assert_eq!(visible("<1,5> ⇒ é 日本"), "<1,5> ⇒ é 日本");
}

#[test]
fn workflow_commands_are_broken_up_and_addresses_are_not() {
    assert_eq!(visible("::error::x"), ":\\u{3a}error:\\u{3a}x");
    assert_eq!(visible("a ##[group]b ##vso[x"), "a #\\u{23}[group]b #\\u{23}vso[x");
    assert_eq!(visible("[::1]:7001 ## a: b"), "[::1]:7001 ## a: b");
    for text in ["::::x::y", "####[x", "\u{202e}::x"] {
        let shown = visible(text);
        assert!(!shown.contains("::x") && !shown.contains("##["), "{shown}");
        assert_eq!(visible(&shown), shown);
    }
}

#[test]
fn lines_keep_their_ends_and_their_colours_and_nothing_else() {
    let text = "\u{1b}[1;31mVIOLATED\u{1b}[0m\n\u{1b}[2J\u{1b}]0;x\u{7}\r\n::stop-commands::x\u{1b}";
    let shown = "\u{1b}[1;31mVIOLATED\u{1b}[0m\n\\u{1b}[2J\\u{1b}]0;x\\u{7}\\r\n:\\u{3a}stop-commands:\\u{3a}x\\u{1b}";
    assert_eq!(visible_lines(text), shown);
}

#[test]
fn json_keeps_the_data_and_hides_nothing() {
    let text = "</script>\u{202e}\u{2028}&\"\n\u{e0001}##[error]x";
    for is_pretty in [false, true] {
        let written = json(&[text], is_pretty);
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
        assert!(!written.contains(['\u{202e}', '\u{2028}', '\u{e0001}']) && !written.contains("##["));
    }
    assert!(!json(&[text], false).contains(['<', '&']));
}

#[test]
fn lines_are_broken_at_spaces_and_within_long_words() {
    assert_eq!(wrap("PWaitPrepResp A1:none A2:none", 14), ["PWaitPrepResp", "A1:none", "A2:none"]);
    assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    assert_eq!(wrap("", 3), [""]);
    assert_eq!(wrap("日本語", 4), ["日本", "語"]);
}

fn shown(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn names_that_are_cut_stay_apart() {
    let short =
        |names: &[&str], most: usize| shortened(&names.iter().map(|name| name.to_string()).collect::<Vec<_>>(), most);
    assert_eq!(short(&["Server1", "Server2", "Client"], 4), ["Ser1", "Ser2", "Clie"]);
    assert_eq!(short(&["P1", "A12"], 4), ["P1", "A12"]);
    assert_eq!(short(&["replica-left", "replica-right", "x"], 4), ["r0", "repl", "x"]);
    assert_eq!(short(&["Server", "Server"], 4), ["Serv", "Serv"], "one name is one name");
    assert_eq!(short(&["node123456"], 4), ["n456"]);
}

#[test]
fn long_lines_go_on_behind_their_label() {
    let text = "holds      one two three four\n   4  P1 → A2  Accept  A2: x ⇒ y\n";
    assert_eq!(
        fold(text, Some(20)),
        "holds      one two\n           three\n           four\n   4  P1 → A2\n        Accept  A2:\n        x ⇒ y\n"
    );
    assert_eq!(fold(text, None), text);
    assert_eq!(fold("replay     synod replay a b c\n", Some(26)), "replay     synod replay \\\n           a b c\n");
    assert_eq!(fold("found by   synod walk a b c\n", Some(26)), "found by   synod walk a \\\n           b c\n");
    let text = "VIOLATED   i2 (6 steps): synod walk traces/x\n";
    assert_eq!(fold(text, Some(38)), "VIOLATED   i2 (6 steps): synod walk \\\n           traces/x\n");
    let styled = format!("{BAD}{:<11}{BAD:#}one two three\n", "VIOLATED");
    assert_eq!(shown(&fold(&styled, Some(20))), "VIOLATED   one two\n           three\n");
}

#[test]
fn tables_fit_and_break_no_word() {
    let rows = || vec![vec![Cell::new("adapted-2x3"), Cell::number("2,677"), Cell::new("i2 agreement one-value")]];
    let header = ["model", "states", "violated"];
    for width in [30, 34, 44, 80] {
        let table = shown(&table(&header, &rows(), width));
        assert!(table.lines().all(|line| columns(line) <= width), "{width}\n{table}");
        for word in ["adapted-2x3", "2,677", "agreement", "one-value"] {
            assert!(table.contains(word), "{width}\n{table}");
        }
    }
    assert_eq!(shown(&table(&header, &rows(), 22)).lines().count(), 5);
    let name = "n".repeat(150);
    let mut long = rows();
    long.push(vec![Cell::new(name), Cell::number("1"), Cell::new("i1")]);
    let text = shown(&table(&header, &long, 80));
    assert!(text.lines().all(|line| columns(line) <= 80) && text.starts_with("model "), "{text}");
    assert_eq!(text.matches('n').count() - shown(&table(&header, &rows(), 80)).matches('n').count(), 150, "{text}");
    assert!(shown(&table(&header, &rows(), 80))
        .lines()
        .nth(2)
        .is_some_and(|row| row.ends_with("i2 agreement one-value")));
}

#[derive(serde::Serialize)]
struct Counts {
    #[serde(serialize_with = "exact")]
    one: u128,
    #[serde(serialize_with = "exact_or_null")]
    maybe: Option<u128>,
    #[serde(serialize_with = "exact_each_or_none")]
    row: Option<Vec<u128>>,
}

#[test]
fn a_count_beyond_2_to_the_53_is_a_string() {
    let most = 9_007_199_254_740_992;
    let counts = Counts { one: most, maybe: Some(most + 1), row: Some(vec![7, u128::MAX]) };
    let json = serde_json::to_string(&counts).expect("it is plain data");
    let text =
        r#"{"one":9007199254740992,"maybe":"9007199254740993","row":[7,"340282366920938463463374607431768211455"]}"#;
    assert_eq!(json, text);
}
