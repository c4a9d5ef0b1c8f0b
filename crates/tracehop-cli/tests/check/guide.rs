//! The examples of the guide are files of levels.

use tracehop_cli::check::Levels;

const GUIDE: &str = include_str!("../../docs/check.md");

#[test]
fn every_example_is_read() {
    let examples: Vec<&str> =
        GUIDE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(examples.len() >= 4, "{}", examples.len());
    for example in examples {
        let read = Levels::parse(example);
        assert!(read.is_ok(), "{example}\n{read:?}");
    }
}
