//! Takes code out of the documentation, for the tests that kill it: `tests/faults/killed`.
//!
//! It is what the pages show, but for three things: names and addresses are those of the test, the handler first asks the
//! test what becomes of the order, and NATS does not wait so long before it delivers an order again.

#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A block of code in a page.
struct Shown {
    page: &'static str,
    /// It is the first block after this text.
    after: &'static str,
    /// The file that it becomes.
    name: &'static str,
}

const SHOWN: [Shown; 9] = [
    Shown { page: "README.md", after: "## Wrap your client", name: "readme" },
    Shown { page: "docs/getting-started-kafka.md", after: "## The service", name: "kafka_service" },
    Shown { page: "docs/getting-started-kafka.md", after: "### Keep the offsets", name: "kafka_in_order" },
    Shown { page: "docs/getting-started-kafka.md", after: "### Keep the order too", name: "kafka_lanes" },
    Shown { page: "docs/getting-started-rabbitmq.md", after: "## The service", name: "rabbitmq_service" },
    Shown {
        page: "docs/getting-started-rabbitmq.md",
        after: "## Many orders at once",
        name: "rabbitmq_concurrent",
    },
    Shown {
        page: "docs/getting-started-rabbitmq.md",
        after: "To use more than one core",
        name: "rabbitmq_tasks",
    },
    Shown { page: "docs/getting-started-nats.md", after: "## The service", name: "nats_service" },
    Shown { page: "docs/getting-started-nats.md", after: "## Many orders at once", name: "nats_concurrent" },
];

/// What the code calls in place of what it must not know.
const TEST: &str = "crate::killed::service";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = env::var("OUT_DIR")?;
    for Shown { page, after, name } in SHOWN {
        let path = root.join(page);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path)?;
        let code =
            block(&text, after).ok_or_else(|| format!("{page} has no block of code after {after:?}"))?;
        let code = adapted(code).ok_or_else(|| format!("{page}: the code after {after:?} has no handler"))?;
        fs::write(Path::new(&out).join(name).with_extension("rs"), code)?;
    }
    Ok(())
}

fn block<'a>(text: &'a str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\n{after}"))?;
    // At the end of the line: a block of another language has more there.
    let (_, rest) = rest.split_once("```rust,no_run\n")?;
    rest.split_once("```").map(|(code, _)| code)
}

fn adapted(code: &str) -> Option<String> {
    let mut adapted = String::new();
    let mut handlers = 0;
    for line in with_names(code).lines().filter(|line| *line != "#[tokio::main]") {
        let line = line.replace("ClientConfig::new()", &format!("{TEST}::administered(ClientConfig::new())"));
        let line = line.replace("from_secs(30)", "from_secs(2)").replace("from_secs(10)", "from_millis(100)");
        let visible = if line.starts_with("async fn ") { "pub(crate) " } else { "" };
        writeln!(adapted, "{visible}{line}").ok()?;
        let handler = ["async fn handle(", "async fn ship("].iter().find_map(|it| line.strip_prefix(it));
        if let Some((payload, _)) = handler.and_then(|rest| rest.split_once(':')) {
            handlers += 1;
            writeln!(adapted, "    {TEST}::handle({payload}).await?;").ok()?;
        }
    }
    (handlers == 1).then_some(adapted)
}

/// The code, with each text that names something on a broker replaced by a call.
fn with_names(code: &str) -> String {
    let mut replaced = String::new();
    // Every second part is inside of quotation marks.
    for (index, part) in code.split('"').enumerate() {
        let word = part.split('.').next().unwrap_or_default();
        let function = match part {
            _ if index % 2 == 0 => "",
            _ if ["orders", "shipments", "shipping", "shop"].contains(&word) => "name",
            _ if part.contains("localhost:") => "address",
            _ => "text",
        };
        match function {
            "" => replaced.push_str(part),
            "text" => replaced.extend(["\"", part, "\""]),
            function => replaced.extend([TEST, "::", function, "(\"", part, "\")"]),
        }
    }
    replaced
}
