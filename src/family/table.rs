//! A table of what a family has, for `synod list`.

/// A table of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it lists, in a line above it; empty if that needs no saying.
    pub title: String,
    /// The heads of its columns.
    pub header: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these rows.
    pub fn new<'a>(
        title: impl Into<String>,
        header: &[&'static str],
        rows: impl IntoIterator<Item = Vec<&'a str>>,
    ) -> Self {
        let rows = rows.into_iter().map(|row| row.into_iter().map(String::from).collect());
        Table { title: title.into(), header: header.to_vec(), rows: rows.collect() }
    }
}
