//! Text that cannot misbehave: characters that hide or reorder others made visible, workflow commands disarmed, JSON
//! safe inside a page, and lines broken to a width. The only place that escapes what people and terminals read; it knows
//! nothing of what the text is about.

use serde::Serialize;
use std::fmt::Write;

/// The text on one line, with every control character and every mark that is invisible or reorders the display written
/// out, as in `\u{202e}`. No terminal, browser or diagram then shows another text than the one that is there. What a CI
/// server would take for a command, as in `::error::` and `##[error]`, is broken up in the same way: GitHub looks for the
/// former where a line begins, for the latter anywhere.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut before = '\0';
    while let Some(c) = rest.next() {
        let is_command = match (before, c, rest.clone().next()) {
            (':', ':', Some(after)) => after.is_ascii_alphabetic(),
            ('#', '#', Some(after)) => after.is_ascii_alphabetic() || after == '[',
            _ => false,
        };
        if is_command {
            shown.extend(c.escape_unicode());
        } else if is_deceptive(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        before = c;
    }
    shown
}

/// The same, but the colours that this program itself writes stay.
fn visible_line(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut shown = visible(pieces.next().unwrap_or_default());
    for piece in pieces {
        let length = colour(piece);
        shown += if length > 0 { "\u{1b}" } else { "\\u{1b}" };
        shown += &piece[..length];
        shown += &visible(&piece[length..]);
    }
    shown
}

/// The same for text of several lines.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible_line).collect::<Vec<_>>().join("\n")
}

/// How many bytes of what follows an escape character make it a colour, as in `[1;31m`; 0 if they do not.
fn colour(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix('[') else { return 0 };
    let length = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if parameters[length..].starts_with('m') {
        "[".len() + length + "m".len()
    } else {
        0
    }
}

/// True iff the character is a control, invisible, reorders its neighbours, or is none that XML may hold: Unicode's
/// default-ignorable code points, its separators of lines and paragraphs, and its marks of annotations.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Plain data as JSON in which no character is deceptive and none can end a `<script>`: those are written as `\u`
/// escapes, so that a reader gets the very same data.
pub fn json(data: &impl Serialize, is_pretty: bool) -> String {
    let written = if is_pretty { serde_json::to_string_pretty(data) } else { serde_json::to_string(data) };
    let written = written.expect("it is plain data");
    let mut text = String::with_capacity(written.len());
    let mut before = '\0';
    for c in written.chars() {
        // What is left between the strings of JSON is never one of these, but for the line breaks of the pretty form. No
        // line of it begins with `::`, but `##[` is a command anywhere.
        let is_command = (before, c) == ('#', '#');
        if c != '\n' && (is_deceptive(c) || is_command || matches!(c, '<' | '>' | '&') && !is_pretty) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(text, "\\u{unit:04x}").expect("a string takes every write");
            }
        } else {
            text.push(c);
        }
        before = c;
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

/// The text in lines of at most this many columns, broken at spaces where possible. There is at least one line.
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
