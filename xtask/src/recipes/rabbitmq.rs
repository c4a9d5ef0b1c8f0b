//! RabbitMQ: the system's package.

use std::path::Path;

use super::recipe::Recipe;
use crate::install::{on_path, packages};

pub(super) const RECIPE: Recipe = Recipe {
    install,
    fetch: || Ok(()),
    fetched: None,
    variant: "apt",
    hook: "customize",
    packages: "rabbitmq-server,tini",
    // As in the official image, guests may come from outside of the container.
    complete: r#"
        printf "loopback_users = none\nlog.console = true\n" >"$1/etc/rabbitmq/rabbitmq.conf"
        echo "[rabbitmq_management]." >"$1/etc/rabbitmq/enabled_plugins""#,
    changes: &[
        "CMD [\"tini\", \"--\", \"rabbitmq-server\"]",
        "ENV HOME=/var/lib/rabbitmq",
        // Before the wrappers of the same names, which change the user.
        "ENV PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin",
        "EXPOSE 5672 15672",
    ],
};

fn install() -> anyhow::Result<()> {
    if Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() || on_path("rabbitmq-server").is_some() {
        return Ok(());
    }
    packages(&["rabbitmq-server"])
}
