//! `list`: the protocols, rules and properties, each with its source.

use super::args::List;
use super::Program;
use super::{say, Failure};
use crate::terminal::{self, Cell};

/// `synod list`.
pub fn list(program: &Program, arguments: &List) -> Result<u8, Failure> {
    let mut text = String::new();
    let only = arguments.family.as_deref().map(|name| program.wanted(Some(name))).transpose()?;
    let is_shown = |name: &str| only.is_none_or(|family| family.name() == name);
    for family in program.families().iter().filter(|family| is_shown(family.name())) {
        text += &format!("family {}: {}\n\n", family.name(), family.summary());
        for (number, table) in family.tables().iter().enumerate() {
            if number > 0 {
                text.push('\n');
            }
            if !table.title.is_empty() {
                text += &format!("{}\n\n", table.title);
            }
            let row = |row: &Vec<String>| row.iter().map(|cell| Cell::new(cell.as_str())).collect();
            let rows: Vec<Vec<Cell>> = table.rows.iter().map(row).collect();
            text += &terminal::table(&table.header, &rows, terminal::width());
        }
    }
    say(&text)?;
    Ok(0)
}
