//! What is said when there is no broker.

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};
use tracehop_brokers::{Broker, Source, nats};

use crate::child::{self, Program};

/// Asks for a broker in a process that has other variables, and returns what is said.
fn said<F>(test: F, set: &[(&str, &str)]) -> String {
    Program::start(test, "tries", set).ended().1
}

#[test]
fn a_nats_that_was_given_and_does_not_answer_is_not_replaced() {
    if child::end().is_some() {
        println!("{}", nats().blocking().unwrap_err());
        return;
    }
    let test = a_nats_that_was_given_and_does_not_answer_is_not_replaced;
    let said = said(test, &[("TRACEHOP_NATS_URL", "nats://127.0.0.1:1")]);
    let expected = "nats: given: TRACEHOP_NATS_URL=nats://127.0.0.1:1: 127.0.0.1:1 does not answer as nats: Connection refused";
    assert!(said.contains(expected), "{said}");
    assert!(said.contains("unset TRACEHOP_NATS_URL to have one started"), "{said}");
}

#[test]
fn all_sources_of_nats_are_named_with_what_would_help() {
    if child::end().is_some() {
        println!("{}", nats().blocking().unwrap_err());
        return;
    }
    let test = all_sources_of_nats_are_named_with_what_would_help;
    let said = said(
        test,
        &[
            ("TRACEHOP_NATS_URL", ""),
            ("TRACEHOP_NATS_SOURCE", ""),
            ("DOCKER_HOST", "tcp://127.0.0.1:1"),
            ("TRACEHOP_NATS_SERVER", "/nowhere/nats-server"),
        ],
    );
    for expected in [
        "nats: docker: no Docker engine answers at tcp://127.0.0.1:1; `docker info` says more",
        "native: cannot start /nowhere/nats-server: No such file or directory",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[tokio::test]
async fn a_version_of_nats_that_is_not_there_is_not_replaced() {
    let error = nats().source(Source::Native).version("1.0.0").owned().await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("nats: native: "), "{text}");
}

#[tokio::test]
async fn an_image_of_nats_that_is_not_there_is_named() {
    let error = nats().source(Source::Docker).image("localhost:1/nobody/nats:0").owned().await.unwrap_err();
    let text = error.to_string();
    let has_no_engine = text.contains("no Docker engine answers");
    assert!(has_no_engine || text.contains("`docker pull localhost:1/nobody/nats:0`"), "{text}");
}

#[tokio::test]
async fn a_deadline_for_nats_holds() {
    let deadline = std::time::Duration::from_nanos(1);
    let error = nats().owned().deadline(deadline).await.unwrap_err();
    assert_eq!(error.to_string(), "nats: there is none within 1ns, the deadline that was set");
}

#[tokio::test]
async fn a_container_of_the_users_own_is_taken_for_nats() {
    let image = std::env::var(Broker::Nats.image_variable()).ok();
    let image = image.unwrap_or_else(|| Broker::Nats.official_image().to_owned());
    let (name, tag) = image.rsplit_once(':').unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = format!("127.0.0.1:{port}");
    let started = GenericImage::new(name, tag)
        .with_wait_for(WaitFor::message_on_stderr("Server is ready"))
        .with_mapped_port(port, 4222.tcp())
        .with_cmd(["-js"])
        .start()
        .await;
    let container = match started {
        Ok(container) => container,
        Err(error) => {
            // Without an engine there is nothing to take.
            let source = std::env::var(Broker::Nats.source_variable()).ok();
            assert_ne!(source.as_deref(), Some("docker"), "{error}");
            return;
        }
    };
    let nats = nats().container(container).await.unwrap();
    assert_eq!(nats.url(), format!("nats://{server}"));
    nats.kill().await.unwrap();
    nats.restart().await.unwrap();
    assert!(tokio::net::TcpStream::connect(&server).await.is_ok());
    drop(nats);
    assert!(tokio::net::TcpStream::connect(&server).await.is_err());
}

#[test]
fn a_nats_of_ones_own_is_not_the_one_that_was_given() {
    if child::end().is_some() {
        println!("{}", nats().owned().blocking().unwrap().url());
        return;
    }
    let test = a_nats_of_ones_own_is_not_the_one_that_was_given;
    let said = said(test, &[("TRACEHOP_NATS_URL", "nats://127.0.0.1:1")]);
    assert!(said.contains("nats://127.0.0.1:") && !said.contains("127.0.0.1:1\n"), "{said}");
}

#[test]
fn a_source_that_is_not_known_is_named_with_its_variable() {
    if child::end().is_some() {
        println!("{}", nats().owned().blocking().unwrap_err());
        return;
    }
    let test = a_source_that_is_not_known_is_named_with_its_variable;
    let said = said(test, &[("TRACEHOP_NATS_SOURCE", "podman")]);
    let expected = "nats: TRACEHOP_NATS_SOURCE cannot be understood: there is no source \"podman\": given, docker or native";
    assert!(said.contains(expected), "{said}");
}
