//! The `synod` program. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    synod::program().run(std::env::args_os())
}
