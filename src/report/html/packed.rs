//! A part of the page, compressed: a script puts it back when the page opens. Everything stays in one file that loads
//! nothing, wherever it lies.

use base64::prelude::{Engine as _, BASE64_STANDARD};
use flate2::{write::DeflateEncoder, Compression};
use maud::{html, Markup, PreEscaped};
use std::io::Write;

const UNPACK: &str = include_str!("unpack.js");

/// A part of the page in as little room as it takes.
pub fn pack(part: &Markup) -> Markup {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(part.0.as_bytes()).and_then(|()| encoder.finish());
    let bytes = written.expect("memory takes what is written to it");
    html! {
        div #unpacked {
            noscript { p.note { "What is below needs JavaScript; the report as Markdown, beside this page, does not." } }
        }
        template #packed { (PreEscaped(BASE64_STANDARD.encode(bytes))) }
    }
}

/// The script of a page with a packed part: once that is back, what the page does without one.
pub fn script(then: &str) -> String {
    format!("(async () => {{\n{UNPACK}{then}}})();\n")
}
