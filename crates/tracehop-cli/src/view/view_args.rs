//! The command `tracehop view`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args;

use crate::duration_text;
use crate::entrance::{Rule, Token};

/// Takes OTLP in, and shows the journeys of messages on a page.
///
/// Spans are kept in memory, on this machine, and nothing is sent anywhere. Point exporters at it with
/// `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317` (gRPC) or `:4318` (HTTP).
#[derive(Args, Clone, Debug)]
pub struct ViewArgs {
    /// The port of the page. 0 is any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 7070)]
    pub page_port: u16,
    /// The port of OTLP over gRPC. 0 is any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4317)]
    pub grpc_port: u16,
    /// The port of OTLP over HTTP. 0 is any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4318)]
    pub http_port: u16,
    /// Listens at this address instead of 127.0.0.1, so that other machines reach it. A token is needed then.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
    /// The token that the page and exporters need. Without one, one is made if --listen is given.
    #[arg(long, value_name = "TOKEN", env = "TRACEHOP_TOKEN", hide_env_values = true)]
    pub token: Option<Token>,
    /// Runs an order pipeline beside it, in this process, that sends its spans here.
    #[arg(long)]
    pub demo: bool,
    /// Does not open the browser.
    #[arg(long)]
    pub no_open: bool,
    /// What spans may take in memory, such as 512MiB. The oldest leave.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = memory)]
    pub max_memory: ByteSize,
    /// How long spans are kept, such as 6h.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = age)]
    pub max_age: Duration,
    /// An attribute that journeys can be searched by, in spans and in resources. May be given several times.
    #[arg(long = "tag", value_name = "KEY", default_values = ["user.id", "session.id"], value_parser = tag)]
    pub tags: Vec<String>,
    /// What nobody shall see: drop:KEY, mask:KEY or hash:KEY, with * for any characters; mask:status masks the texts of
    /// errors. It is done before anything is kept. May be given several times. The key of hashes is `TRACEHOP_REDACT_KEY`.
    #[arg(long = "redact", value_name = "RULE")]
    pub redact: Vec<Rule>,
    /// Keeps attributes that hold keys and bodies of messages.
    #[arg(long)]
    pub keep_message_content: bool,
    /// Keeps what came in a directory too, so that it survives a restart.
    #[arg(long, value_name = "DIRECTORY")]
    pub data: Option<PathBuf>,
    /// What the files in that directory may take. The oldest are deleted.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = memory)]
    pub max_data: ByteSize,
}

/// With less, nothing of use is kept.
const LEAST: ByteSize = ByteSize::mib(1);

fn memory(text: &str) -> Result<ByteSize, String> {
    match text.parse::<ByteSize>()? {
        less if less < LEAST => Err("1MiB is the least".to_owned()),
        size => Ok(size),
    }
}

fn age(text: &str) -> Result<Duration, String> {
    match duration_text::parse(text).map_err(|error| error.to_string())? {
        less if less < Duration::from_secs(1) => Err("1s is the least".to_owned()),
        age => Ok(age),
    }
}

fn tag(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty: name an attribute, such as user.id".to_owned());
    }
    Ok(text.to_owned())
}
