//! The commands, run within the test.

use std::io::Write;

use clap::Parser;
use tracehop_cli::export::{ExportArgs, ImportArgs};

#[derive(Parser)]
struct Export {
    #[command(flatten)]
    args: ExportArgs,
}

#[derive(Parser)]
struct Import {
    #[command(flatten)]
    args: ImportArgs,
}

/// What a command prints, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(command: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>) -> u8) -> Self {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = command(&mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code, out: text(out), err: text(err) }
    }
}

pub(crate) fn export(arguments: &[&str]) -> Ran {
    Ran::of(|out, err| export_to(arguments, out, err))
}

pub(crate) fn export_to(arguments: &[&str], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let line = Export::try_parse_from(std::iter::once(&"export").chain(arguments)).unwrap();
    line.args.write(out, err)
}

/// What the parser says of a command line that it does not take.
pub(crate) fn refused(arguments: &[&str]) -> String {
    match Export::try_parse_from(std::iter::once(&"export").chain(arguments)) {
        Ok(_) => panic!("it takes {arguments:?}"),
        Err(error) => error.to_string(),
    }
}

pub(crate) fn import(arguments: &[&str]) -> Ran {
    let line = Import::try_parse_from(std::iter::once(&"import").chain(arguments)).unwrap();
    Ran::of(|out, err| line.args.write(out, err))
}
