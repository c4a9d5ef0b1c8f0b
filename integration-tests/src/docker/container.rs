//! One broker in one container.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use broker_table::Broker;
use testcontainers::bollard::models::HostConfig;
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::time::timeout;

use super::engine::{Engine, LABEL, LOCAL};
use super::image::Image;
use super::log::Log;
use crate::recipes::{self, Settings};
use crate::{handshake, ports};

/// A broker in a container, which is removed when this is dropped.
#[derive(Debug)]
pub struct Container {
    /// How clients reach it.
    pub address: String,
    /// What it says of itself.
    pub version: String,
    _removed_on_drop: ContainerAsync<GenericImage>,
}

impl Container {
    /// Starts a container, and waits until its broker answers. Dropping the future may leave a container, which
    /// [`Engine::remove_all`] finds.
    ///
    /// # Errors
    ///
    /// Its image cannot be had, or it does not come up. The message says what would help.
    pub async fn start(engine: &Engine, broker: Broker) -> anyhow::Result<Self> {
        let image = Image::of(broker);
        engine.obtain(broker, &image).await?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(engine, broker, &image).await {
                // Somebody was faster: the next try has another port.
                Err(error) if ports::taken(&error) && tries < ports::TRIES => {}
                other => return other.with_context(|| format!("the image {}", image.reference())),
            }
        }
    }

    async fn try_start(engine: &Engine, broker: Broker, image: &Image) -> anyhow::Result<Self> {
        // Fixed, as Kafka must know it before it starts, and as a container keeps it only so when it is restarted.
        let port = ports::free()?;
        let recipe = recipes::of(broker);
        let settings = recipe.container(&engine.host, port);
        let address = recipe.address(&engine.host, port);
        let log = Log::default();
        let request = request(image, &settings, port, &log).with_label(LABEL, &engine.run);
        let request =
            if engine.host == LOCAL { request.with_host_config_modifier(only_loopback) } else { request };
        let started = async {
            let container = request.start().await?;
            let version = handshake::until_answered(broker, &address, settings.deadline).await?;
            anyhow::Ok((container, version))
        };
        let started = timeout(settings.deadline, started).await;
        let (container, version) = started
            .map_err(|_| anyhow!("it is not ready within {:?}", settings.deadline))
            .and_then(|started| started.map_err(without_log))
            .map_err(|error| anyhow!("its container does not start: {error:#}{}", log.last_words()))?;
        let version = version.or_else(|| log.word_after(settings.version_after?));
        Ok(Self {
            address,
            version: version.unwrap_or_else(|| "unknown".to_owned()),
            _removed_on_drop: container,
        })
    }
}

fn request(image: &Image, settings: &Settings, port: u16, log: &Log) -> ContainerRequest<GenericImage> {
    let log = log.clone();
    let request = GenericImage::new(image.name.clone(), image.tag.clone())
        .with_wait_for(WaitFor::message_on_either_std(settings.ready))
        .with_startup_timeout(settings.deadline)
        .with_mapped_port(port, settings.port.tcp())
        .with_log_consumer(move |frame: &_| log.add(frame));
    let request = settings
        .environment
        .iter()
        .fold(request, |request, (variable, value)| request.with_env_var(*variable, value));
    let request = match settings.files {
        Some(files) => request.with_ulimit("nofile", files, Some(files)),
        None => request,
    };
    if settings.arguments.is_empty() { request } else { request.with_cmd(settings.arguments.iter().copied()) }
}

/// A broker for tests, with its well-known password, is nobody else's business.
fn only_loopback(config: &mut HostConfig) {
    let mut ports: HashMap<_, _> = config.port_bindings.take().unwrap_or_default();
    for binding in ports.values_mut().flatten().flatten() {
        binding.host_ip = Some(LOCAL.to_owned());
    }
    config.port_bindings = Some(ports);
}

/// An error that carries the whole log, as bytes, would say everything twice.
fn without_log(error: anyhow::Error) -> anyhow::Error {
    if format!("{error:#}").contains("End of stream reached") {
        return anyhow!("it ended before it was ready");
    }
    error
}
