//! The HTTP service: it takes orders, sends them to the worker, and answers with what the worker says.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router, middleware};
use futures::StreamExt;
use opentelemetry::metrics::{Counter, MeterProvider};
use rdkafka::producer::FutureRecord;
use tokio::net::TcpListener;
use tokio::sync::watch::Receiver;
use tokio::time::timeout;
use tracehop_kafka::TracedFutureProducer;
use tracehop_nats::{TracedClient, TracedSubscriber};
use tracehop_sdk::Telemetry;
use tracing::{info, instrument, warn};

use crate::brokers::{ANSWERS, Brokers, ORDERS};
use crate::model::{Answer, Order};
use crate::pending::Pending;
use crate::telemetry::SERVICE;
use crate::trace_http::trace_http;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Api {
    producer: TracedFutureProducer,
    nats: TracedClient,
    pending: Pending,
    placed: Counter<u64>,
}

/// Serves HTTP until `stop` ends, and those who wait have their answers.
pub(crate) async fn serve(
    listener: TcpListener,
    api: Arc<Api>,
    mut stop: Receiver<()>,
) -> std::io::Result<()> {
    let router = Router::new().route("/orders", post(place)).layer(middleware::from_fn(trace_http));
    let stopped = async move {
        // It never changes: it ends.
        let _ = stop.changed().await;
    };
    axum::serve(listener, router.with_state(api)).with_graceful_shutdown(stopped).await
}

#[instrument(skip_all, fields(order.id = order.id))]
async fn place(State(api): State<Arc<Api>>, Json(order): Json<Order>) -> Result<Json<Answer>, StatusCode> {
    let Some(place) = api.pending.wait(&order.id) else { return Err(StatusCode::CONFLICT) };
    let json = serde_json::to_vec(&order).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let record = FutureRecord::to(ORDERS).key(&order.id).payload(&json);
    if let Err((error, _)) = api.producer.send(record, PATIENCE).await {
        warn!(%error, "the order is not sent");
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    api.placed.add(1, &[]);
    info!(order.lines, "the order is placed");
    match timeout(PATIENCE, place.answer()).await {
        Ok(Some(answer)) if answer.cents.is_some() => Ok(Json(answer)),
        Ok(Some(_)) => Err(StatusCode::UNPROCESSABLE_ENTITY),
        _ => Err(StatusCode::GATEWAY_TIMEOUT),
    }
}

impl Api {
    pub(crate) async fn connect(brokers: &Brokers, telemetry: &Telemetry) -> anyhow::Result<Self> {
        let tracer = &telemetry.messaging_tracer();
        Ok(Self {
            producer: brokers.producer(tracer)?,
            nats: brokers.nats(tracer).await?,
            pending: Pending::default(),
            placed: telemetry.metrics().provider().meter(SERVICE).u64_counter("shop.orders.placed").build(),
        })
    }

    /// The worker's answers. NATS keeps no message for somebody who subscribes later.
    pub(crate) async fn answers(&self) -> anyhow::Result<TracedSubscriber> {
        let answers = self.nats.subscribe(ANSWERS).await?;
        self.nats.flush().await?;
        Ok(answers)
    }

    /// Takes the worker's answers until `stop` ends.
    pub(crate) async fn take(
        self: Arc<Self>,
        mut answers: TracedSubscriber,
        mut stop: Receiver<()>,
    ) -> anyhow::Result<()> {
        loop {
            let message = tokio::select! {
                message = answers.next() => message.context("NATS ended the subscription")?,
                _ = stop.changed() => return Ok(()),
            };
            // Nothing is instrumented here: what is logged lands on the span of processing the answer.
            let handler = async {
                let answer: Answer = serde_json::from_slice(&message.payload)?;
                let (id, cents) = (answer.id.clone(), answer.cents);
                let is_awaited = self.pending.answer(answer);
                info!(order.id = id, cents, is_awaited, "the order is answered");
                Ok::<_, serde_json::Error>(())
            };
            if let Err(error) = message.process(handler).await {
                warn!(%error, "an answer that nobody understands");
            }
        }
    }
}
