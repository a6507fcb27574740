//! What is printed for people: the width that there is, one column of labels, colours, tables, lines folded at spaces.
//! It knows nothing of what is printed. Styles are written as they are; the printing strips what a terminal cannot show.

use anstyle::{AnsiColor, Style};
use console::{measure_text_width, Term};
use std::fmt::Write;
use std::sync::OnceLock;

/// As it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// As it should not be.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Not decided, or decided for no good reason.
pub const DOUBT: Style = AnsiColor::Yellow.on_default();
/// Text.
pub const PLAIN: Style = Style::new();
/// What may be passed over.
pub const FAINT: Style = Style::new().dimmed();

/// The columns of a label, in every command.
pub const LABEL: usize = 11;
/// The width of tables and diagrams where no terminal shows them.
pub const DEFAULT_WIDTH: usize = 100;
/// The least and the greatest width that a terminal is taken to have.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=400;
/// The gap between two columns of a table.
const GAP: usize = 2;
/// A longer word of a table is broken rather than given a column of its length.
const LONGEST_WORD: usize = 48;

/// The name of the program, once it has begun.
static PROGRAM: OnceLock<String> = OnceLock::new();

/// Says by which name the program was called, for the commands that it prints. A process has one name: the first counts.
pub fn call(name: &str) {
    let _ = PROGRAM.set(name.into());
}

/// The name of the program: the library's where it is no program that runs.
pub fn program() -> &'static str {
    PROGRAM.get().map_or("synod", String::as_str)
}

/// The columns of the terminal that shows the results: what `COLUMNS` says, or else the terminal itself. `None` if no
/// terminal shows them: they go to a file or to another program, which wants its lines whole.
pub fn window() -> Option<usize> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let columns: usize = named.filter(|columns| *columns > 0).or_else(seen)?;
    Some(columns.clamp(*WIDTHS.start(), *WIDTHS.end()))
}

/// The columns for tables and diagrams.
pub fn width() -> usize {
    window().unwrap_or(DEFAULT_WIDTH)
}

/// A line with its label.
pub fn line(text: &mut String, style: Style, label: &str, content: &str) {
    writeln!(text, "{style}{label:<LABEL$}{style:#}{content}").expect("a string takes every write");
}

/// How many columns a text takes, with its styles taken away.
pub fn columns(text: &str) -> usize {
    measure_text_width(text)
}

/// The text with every line that is too long for the window continued on further lines, broken at spaces and set below
/// where it began: behind the label, or behind the number of a step. A command goes on as a shell takes it.
pub fn fold(text: &str, window: Option<usize>) -> String {
    let Some(width) = window else { return text.into() };
    let mut folded = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if columns(line.trim_end()) <= width {
            folded.push_str(line);
        } else {
            fold_line(&mut folded, line, width);
        }
    }
    folded
}

fn fold_line(folded: &mut String, line: &str, width: usize) {
    let plain = anstream::adapter::strip_str(line).to_string();
    let indent = indent(&plain).min(width * 2 / 3);
    let command = command(&plain);
    let mut at = 0;
    let mut is_continued = false; // a line that continues another begins with a word
    for piece in line.split_inclusive(' ') {
        let word = columns(piece.trim_end());
        let (end, room) = if command.is_some_and(|start| at > start) { (" \\", width - 2) } else { ("", width) };
        if at > indent && at + word > room {
            folded.truncate(folded.trim_end_matches(' ').len());
            write!(folded, "{end}\n{:indent$}", "").expect("a string takes every write");
            at = indent;
            is_continued = true;
        }
        if word > 0 || !is_continued || at != indent {
            folded.push_str(piece);
            at += columns(piece.trim_end_matches('\n'));
        }
    }
}

/// Where a command begins in a line: behind the label, or after a colon.
fn command(plain: &str) -> Option<usize> {
    let is_labelled = |start: &usize| columns(&plain[..*start]) == LABEL || plain[..*start].ends_with(": ");
    plain
        .match_indices(&format!("{} ", program()))
        .map(|(start, _)| start)
        .find(is_labelled)
        .map(|start| columns(&plain[..start]))
}

/// Where the lines that continue a line begin.
fn indent(plain: &str) -> usize {
    let letters: Vec<char> = plain.chars().take(LABEL + 1).collect();
    let is_labelled = letters.len() > LABEL && letters[LABEL - 1] == ' ' && letters[LABEL] != ' ';
    if is_labelled && (letters[0] != ' ' || letters[..LABEL].iter().all(|c| *c == ' ')) {
        return LABEL;
    }
    let body = plain.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || "•!↻".contains(c)).trim_start();
    columns(plain) - columns(body) + if plain.starts_with(' ') { 2 } else { 0 }
}

/// A cell of a table.
pub struct Cell {
    text: String,
    style: Style,
    is_number: bool,
}

impl Cell {
    /// A text.
    pub fn new(text: impl Into<String>) -> Self {
        Cell::styled(PLAIN, text)
    }

    /// A text in a style.
    pub fn styled(style: Style, text: impl Into<String>) -> Self {
        Cell { text: text.into(), style, is_number: false }
    }

    /// A text that is set to the right.
    pub fn number(text: impl Into<String>) -> Self {
        Cell { text: text.into(), style: PLAIN, is_number: true }
    }

    fn longest_word(&self) -> usize {
        self.text.split(' ').map(columns).max().unwrap_or(0).min(LONGEST_WORD)
    }

    fn lines(&self, width: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in self.text.split(' ') {
            let last = lines.last_mut().expect("there is a line");
            if last.is_empty() {
                last.push_str(word);
            } else if columns(last) + 1 + columns(word) <= width {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(word.into());
            }
            while let Some(rest) = lines.last_mut().and_then(|last| cut(last, width.max(1))) {
                lines.push(rest);
            }
        }
        lines
    }

    /// A line of it, in its place.
    fn set(&self, line: &str, width: usize) -> String {
        let (style, pad) = (self.style, " ".repeat(width.saturating_sub(columns(line))));
        if line.is_empty() {
            pad
        } else if self.is_number {
            format!("{pad}{style}{line}{style:#}")
        } else {
            format!("{style}{line}{style:#}{pad}")
        }
    }
}

/// Cuts a text after this many columns; returns the rest, if there is one.
fn cut(text: &mut String, width: usize) -> Option<String> {
    let ends = text.char_indices().skip(1).map(|(end, _)| end);
    let fitting = ends.take_while(|end| columns(&text[..*end]) <= width).last()?;
    (columns(text) > width).then(|| text.split_off(fitting))
}

/// A table of at most this many columns. Only very long words are broken: where not even the longest words stand side by side, each row
/// becomes a block, the first cell above and the others below it with their headings.
pub fn table(header: &[&str], rows: &[Vec<Cell>], width: usize) -> String {
    let is_number = |column: usize| rows.first().is_some_and(|row| row[column].is_number);
    let heads = header.iter().enumerate();
    let heads = heads.map(|(column, head)| Cell { text: (*head).into(), style: FAINT, is_number: is_number(column) });
    let heads: Vec<Cell> = heads.collect();
    let all = || std::iter::once(&heads).chain(rows);
    let widest = |of: &dyn Fn(&Cell) -> usize| -> Vec<usize> {
        (0..header.len()).map(|column| all().map(|row| of(&row[column])).max().unwrap_or(0)).collect()
    };
    let least = widest(&Cell::longest_word);
    let gaps = GAP * header.len().saturating_sub(1);
    if least.iter().sum::<usize>() + gaps > width {
        return blocks(header, rows, width);
    }
    let mut widths = widest(&|cell| columns(&cell.text));
    while widths.iter().sum::<usize>() + gaps > width {
        let slack = |column: &usize| (widths[*column] > least[*column], widths[*column]);
        let widest = (0..widths.len()).max_by_key(slack).expect("a table has columns");
        widths[widest] -= 1;
    }
    let mut text = String::new();
    for (number, row) in all().enumerate() {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| cell.lines(*width)).collect();
        for place in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let set = cells
                .iter()
                .zip(row)
                .zip(&widths)
                .map(|((lines, cell), width)| cell.set(lines.get(place).map_or("", String::as_str), *width));
            push_trimmed(&mut text, &set.collect::<Vec<_>>().join(&" ".repeat(GAP)));
        }
        if number == 0 {
            let line = "─".repeat(widths.iter().sum::<usize>() + gaps);
            writeln!(text, "{FAINT}{line}{FAINT:#}").expect("a string takes every write");
        }
    }
    text
}

fn blocks(header: &[&str], rows: &[Vec<Cell>], width: usize) -> String {
    let label = header.iter().skip(1).map(|head| columns(head)).max().unwrap_or(0) + GAP;
    let mut text = String::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate().filter(|(place, cell)| *place == 0 || !cell.text.is_empty()) {
            let (lead, room) = if place == 0 { (0, width) } else { (label + 2, width.saturating_sub(label + 2)) };
            for (number, line) in cell.lines(room).iter().enumerate() {
                let head = if number == 0 && place > 0 { header[place] } else { "" };
                let head = if place == 0 { String::new() } else { format!("  {FAINT}{head:<label$}{FAINT:#}") };
                debug_assert!(place == 0 || columns(&head) == lead);
                let style = cell.style;
                push_trimmed(&mut text, &format!("{head}{style}{line}{style:#}"));
            }
        }
    }
    text
}

fn push_trimmed(text: &mut String, line: &str) {
    writeln!(text, "{}", line.trim_end()).expect("a string takes every write");
}
