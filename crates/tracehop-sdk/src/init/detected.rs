use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use crate::variables::{Lookup, resource_of_variables};

/// What is known of the process and of where it runs, and what the variables say, which comes first. No arguments of the command
/// line are in it, because they may be secret.
pub(super) fn resource(lookup: &Lookup) -> Resource {
    let of_variables = resource_of_variables(lookup);
    let said = of_variables.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Resource::builder_empty().with_attributes(detected(lookup)).with_attributes(said).build()
}

fn detected(lookup: &Lookup) -> Vec<KeyValue> {
    let mut found = vec![
        KeyValue::new("process.pid", i64::from(std::process::id())),
        KeyValue::new("host.arch", arch()),
        KeyValue::new("os.type", os()),
        KeyValue::new("service.instance.id", uuid(RandomIdGenerator::default().new_trace_id().to_bytes())),
    ];
    let mut add = |key: &'static str, value: Option<String>| {
        found.extend(value.map(|value| KeyValue::new(Key::from_static_str(key), value)));
    };
    let program = std::env::current_exe().ok();
    add("process.executable.name", program.and_then(|path| Some(path.file_name()?.to_str()?.to_owned())));
    add("host.name", host_name(lookup));
    found
}

/// Linux tells in a file, others in a variable.
fn host_name(lookup: &Lookup) -> Option<String> {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    told.or_else(|| lookup.get("HOSTNAME")).or_else(|| lookup.get("COMPUTERNAME"))
}

/// The conventions' word.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        other => other,
    }
}

/// The conventions' word.
fn os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// A random number as a UUID of version 4.
fn uuid(random: [u8; 16]) -> String {
    let number = u128::from_be_bytes(random);
    let number = number & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{number:032x}");
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_number_is_a_uuid() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn what_the_variables_say_comes_before_what_was_found() {
        let variable =
            |name: &str| (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| "host.name=mine,a=1".to_owned());
        let resource = resource(&Lookup::new(variable));
        let value =
            |key: &'static str| resource.get(&Key::from_static_str(key)).map(|value| value.to_string());
        assert_eq!((value("host.name").as_deref(), value("a").as_deref()), (Some("mine"), Some("1")));
        assert_eq!(value("process.pid"), Some(std::process::id().to_string()));
        for key in
            ["host.arch", "os.type", "service.instance.id", "process.executable.name", "telemetry.sdk.name"]
        {
            assert!(value(key).is_some_and(|value| !value.is_empty()), "{key}");
        }
        assert_eq!(value("process.command_args"), None);
    }
}
