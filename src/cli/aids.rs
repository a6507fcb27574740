//! `new`, `schema`, `completions` and `man`: what helps to write model files and commands.

use super::args::{Completions, Man, New, Schema};
use super::reports::deliver;
use super::{command, say, Failure, Program};
use crate::input::InputError;
use crate::report::{self, as_operand, write_whole, Sink};
use crate::terminal;
use serde_json::{json, Value};
use std::path::Path;

/// `synod new`.
pub fn new(program: &Program, arguments: &New) -> Result<u8, Failure> {
    let family = program.wanted(arguments.family.as_deref())?;
    let text = family.template();
    let Sink::File(file) = &arguments.file else {
        say(&text)?;
        return Ok(0);
    };
    create(file, &text).map_err(|what| InputError::new(file.display().to_string(), what))?;
    let next = report::command(&["check", &as_operand(&file.display().to_string())]);
    say(&format!("wrote      a model of the family {}\ncheck      {next}\n", family.name()))?;
    Ok(0)
}

/// Writes a file that is not there yet.
fn create(file: &Path, text: &str) -> Result<(), String> {
    if file.symlink_metadata().is_ok() {
        return Err("it is there already, expected the name of a file to be made".into());
    }
    write_whole(file, text).map_err(|error| format!("it cannot be written: {error}"))
}

/// `synod schema`.
pub fn schema(program: &Program, arguments: &Schema) -> Result<u8, Failure> {
    let families = program.families();
    let title = format!("Model files of {}", terminal::program());
    let mut schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": title });
    let mut add = |part: &Value| {
        part.as_object().into_iter().flatten().for_each(|(key, value)| schema[key] = value.clone());
    };
    match families {
        [only] => add(&only.schema()),
        several => {
            // Asked for its family first, an editor says what is wrong with a model of that family, and nothing of others.
            let names: Vec<_> = several.iter().map(|family| family.name()).collect();
            let then = several
                .iter()
                .map(|family| json!({ "if": of_family(&json!({ "const": family.name() })), "then": family.schema() }));
            add(&of_family(&json!({ "enum": names })));
            add(&json!({ "allOf": then.collect::<Vec<_>>() }));
        }
    }
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain data") + "\n";
    deliver(&arguments.output, &text)?;
    Ok(0)
}

/// A model whose family is so.
fn of_family(is_so: &Value) -> Value {
    let protocol = json!({ "type": "object", "properties": { "family": is_so }, "required": ["family"] });
    json!({ "type": "object", "properties": { "protocol": protocol }, "required": ["protocol"] })
}

/// `synod completions`.
pub fn completions(program: &Program, arguments: &Completions) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(program), terminal::program(), &mut text);
    say(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// `synod man`.
pub fn man(program: &Program, arguments: &Man) -> Result<u8, Failure> {
    let folder = &arguments.folder;
    let unusable = |error| InputError::new(folder.display().to_string(), format!("it cannot be written: {error}"));
    std::fs::create_dir_all(folder).map_err(unusable)?;
    clap_mangen::generate_to(command(program), folder).map_err(unusable)?;
    let page = folder.join(format!("{}.1", terminal::program()));
    say(&format!("wrote      {} and a page for each command\n", page.display()))?;
    Ok(0)
}
