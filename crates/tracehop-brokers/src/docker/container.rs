//! One broker in one container.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use broker_table::Broker;
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::HostConfig;
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptionsBuilder, StartContainerOptions,
};
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::engine::{Engine, LABEL, LOCAL};
use super::image::Image;
use super::log::Log;
use crate::recipes::{self, Settings};
use crate::wanted::Wanted;
use crate::{handshake, host, ports};

/// For an answer of the engine about one container.
const ANSWER: Duration = Duration::from_secs(30);

/// A container of testcontainers, whatever its image. It is removed on drop.
pub(crate) trait Theirs: Send + Sync {
    fn id(&self) -> &str;
}

impl<I: testcontainers::Image> Theirs for ContainerAsync<I> {
    fn id(&self) -> &str {
        // That of what it derefs to.
        (**self).id()
    }
}

/// A broker in a container, which is removed when this is dropped.
pub(crate) struct Container {
    broker: Broker,
    /// How clients reach it.
    pub(crate) address: String,
    /// What it says of itself.
    pub(crate) version: String,
    engine: &'static Engine,
    id: String,
    /// Until it is removed. Only then may the container be dropped, as its drop wants a runtime.
    removed_on_drop: Option<Box<dyn Theirs>>,
}

impl Container {
    /// Starts a container, and waits until its broker answers. If the future is dropped the container is removed as soon as it
    /// has started: one that is being created cannot be told to stop.
    ///
    /// # Errors
    ///
    /// There is no engine, its image cannot be had, or it does not come up. The message says what would help.
    pub(crate) async fn start(wanted: &Wanted) -> anyhow::Result<Self> {
        let engine = Engine::get().await?;
        let (broker, image) = (wanted.broker, Image::of(wanted));
        engine.obtain(broker, &image).await?;
        let (give, started) = oneshot::channel();
        tokio::spawn(async move {
            // If nobody wants it any more it is dropped here, and removed.
            let _ = give.send(Self::start_as_often_as_it_takes(engine, broker, &image).await);
        });
        started.await.context("the task that starts a container is gone")?
    }

    async fn start_as_often_as_it_takes(
        engine: &'static Engine,
        broker: Broker,
        image: &Image,
    ) -> anyhow::Result<Self> {
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(engine, broker, image).await {
                // Somebody was faster: the next try has another port.
                Err(error) if ports::taken(&error) && tries < ports::TRIES => {}
                other => return other.with_context(|| format!("the image {}", image.reference())),
            }
        }
    }

    async fn try_start(engine: &'static Engine, broker: Broker, image: &Image) -> anyhow::Result<Self> {
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
            broker,
            address,
            version: version.unwrap_or_else(|| "unknown".to_owned()),
            engine,
            id: container.id().to_owned(),
            removed_on_drop: Some(Box::new(container)),
        })
    }

    /// The broker in a container that somebody else made, as soon as it answers.
    ///
    /// # Errors
    ///
    /// The broker's port is not mapped, or nobody answers there.
    pub(crate) async fn of(broker: Broker, theirs: Box<dyn Theirs>) -> anyhow::Result<Self> {
        let engine = Engine::get().await?;
        let id = theirs.id().to_owned();
        let mut container = Self {
            broker,
            address: String::new(),
            version: String::new(),
            engine,
            id,
            removed_on_drop: Some(theirs),
        };
        container.address = container.current_address().await?;
        let deadline = recipes::of(broker).container(&engine.host, 0).deadline;
        let version = handshake::until_answered(broker, &container.address, deadline).await?;
        container.version = version.unwrap_or_else(|| "unknown".to_owned());
        Ok(container)
    }

    async fn current_address(&self) -> anyhow::Result<String> {
        let recipe = recipes::of(self.broker);
        let inside = recipe.container(&self.engine.host, 0).port;
        let seen = self.docker().inspect_container(&self.id, None::<InspectContainerOptions>);
        let seen =
            timeout(ANSWER, seen).await.map_err(|_| anyhow!("the engine says nothing for {ANSWER:?}"))??;
        let ports = seen.network_settings.and_then(|network| network.ports).unwrap_or_default();
        let bindings = ports.get(&format!("{inside}/tcp")).and_then(Option::as_ref);
        let port =
            bindings.into_iter().flatten().find_map(|binding| binding.host_port.as_ref()?.parse().ok());
        let port = port.with_context(|| {
            format!("port {inside} of the container is not mapped: `.with_mapped_port(PORT, {inside}.tcp())`")
        })?;
        Ok(recipe.address(&self.engine.host, port))
    }

    /// Ends it at once. One that does not run is left alone.
    pub(crate) async fn kill(&self) -> anyhow::Result<()> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = self.docker().kill_container(&self.id, Some(options));
        let killed =
            timeout(ANSWER, killed).await.map_err(|_| anyhow!("the engine says nothing for {ANSWER:?}"))?;
        match killed {
            Err(error) if format!("{error:#}").contains("is not running") => Ok(()),
            killed => killed.context("the engine does not kill the container"),
        }
    }

    /// Starts it again, and waits until its broker answers where it did before.
    pub(crate) async fn start_again(&self) -> anyhow::Result<()> {
        let address = &self.address;
        let started = self.docker().start_container(&self.id, None::<StartContainerOptions>);
        timeout(ANSWER, started)
            .await
            .map_err(|_| anyhow!("the engine says nothing for {ANSWER:?}"))?
            .context("the engine does not start the container again")?;
        let now = self.current_address().await?;
        ensure!(
            now == *address,
            "it was at {address}, and now is at {now}: map a fixed port with `.with_mapped_port`"
        );
        let recipe = recipes::of(self.broker);
        let deadline = recipe.container(&self.engine.host, 0).deadline;
        handshake::until_answered(self.broker, address, deadline).await.context("it was started again")?;
        Ok(())
    }

    /// Whether it is removed when this process ends without a drop.
    pub(crate) fn has_keeper(&self) -> bool {
        self.engine.has_keeper()
    }

    fn docker(&self) -> &Docker {
        &self.engine.docker
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let container = self.removed_on_drop.take();
        let (engine, id) = (self.engine, self.id.clone());
        let removed = host::block(async move {
            let removed = engine.remove(&id).await;
            // On this runtime, which testcontainers needs to find that it is gone.
            drop(container);
            removed
        });
        if let Err(error) = removed {
            eprintln!("{}: {error:#}", self.broker);
        }
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").field("id", &self.id).finish_non_exhaustive()
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
