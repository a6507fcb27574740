//! A part of the page, compressed: a script puts it back when the page opens. Everything stays in one file that loads
//! nothing, wherever it lies.

use base64::prelude::{Engine as _, BASE64_STANDARD};
use flate2::{write::DeflateEncoder, Compression};
use maud::{html, Markup, PreEscaped};
use std::io::Write;

const UNPACK: &str = include_str!("unpack.js");

/// A part of the page, and the script that it needs once it is back, in as little room as they take.
pub fn pack(part: &Markup, script: &str) -> Markup {
    html! {
        div #unpacked {
            noscript { p.note { "What is below needs JavaScript; the report as Markdown, beside this page, does not." } }
        }
        template #packed { (PreEscaped(packed(&part.0))) }
        template #packed-script { (PreEscaped(packed(script))) }
        script { (PreEscaped(UNPACK)) }
    }
}

fn packed(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    BASE64_STANDARD.encode(written.expect("memory takes what is written to it"))
}
