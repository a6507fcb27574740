//! Text that cannot misbehave: characters that hide or reorder others made visible, JSON safe inside a page, and lines
//! broken to a width. It knows of no trace.

use serde::Serialize;
use std::fmt::Write;

/// The text with every control character and every mark that is invisible or reorders the display written out, as in
/// `\u{202e}`. No terminal, browser or diagram then shows another text than the one that is there.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_deceptive(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// True iff the character is a control, invisible, reorders its neighbours, or is none that XML may hold.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Plain data as JSON in which no character is deceptive and none can end a `<script>`: those are written as `\u`
/// escapes, so that a reader gets the very same data.
pub fn json(data: &impl Serialize, is_pretty: bool) -> String {
    let written = if is_pretty { serde_json::to_string_pretty(data) } else { serde_json::to_string(data) };
    let written = written.expect("it is plain data");
    let mut text = String::with_capacity(written.len());
    for c in written.chars() {
        // What is left between the strings of JSON is never one of these, but for the line breaks of the pretty form.
        if c != '\n' && (is_deceptive(c) || matches!(c, '<' | '>' | '&') && !is_pretty) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("a string takes every write");
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// How many columns of a terminal, or of a monospaced font, a text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// True iff the character is as wide as two: East Asian scripts and pictographs.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}')
}

/// The text in lines of at most so many columns, broken at spaces where possible. There is at least one line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        let gap = if line.is_empty() { "" } else { " " };
        if width(line) + gap.len() + width(word) <= columns {
            line.push_str(gap);
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for c in word.chars() {
            let line = lines.last_mut().expect("there is a line");
            if width(line) + width(c.encode_utf8(&mut [0; 4])) > columns {
                lines.push(c.to_string());
            } else {
                line.push(c);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_written_out() {
        assert_eq!(visible("a\u{202e}b\nc\u{1b}[31m\u{2028}"), "a\\u{202e}b\\nc\\u{1b}[31m\\u{2028}");
        assert_eq!(visible("<1,5> ⇒ é 日本"), "<1,5> ⇒ é 日本");
    }

    #[test]
    fn json_keeps_the_data_and_hides_nothing() {
        let text = "</script>\u{202e}\u{2028}&\"\n\u{e0001}";
        for is_pretty in [false, true] {
            let written = json(&[text], is_pretty);
            assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
            assert!(!written.contains(['\u{202e}', '\u{2028}', '\u{e0001}']));
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
}
