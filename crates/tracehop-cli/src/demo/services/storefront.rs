//! Where orders are placed.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::logs::Severity;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use tokio::task::JoinSet;

use crate::demo::chance::Chance;
use crate::demo::client::Client;
use crate::demo::counts::Counters;
use crate::demo::order::Order;
use crate::demo::problem::Problem;
use crate::demo::semconv;
use crate::demo::service::Service;
use crate::demo::system::Kafka;

/// Where orders are placed: the edge of the shop.
pub(in crate::demo) struct Storefront {
    pub(in crate::demo) service: Service,
    pub(in crate::demo) kafka: Client<Kafka>,
    pub(in crate::demo) seed: u64,
    /// How long it is from one order to the next one, about.
    pub(in crate::demo) interval: Duration,
}

impl Storefront {
    /// Takes orders until all hurry to the end.
    pub(in crate::demo) async fn run(self: Arc<Self>) {
        let mut placing = JoinSet::new();
        for number in 1.. {
            let order = Order::new(self.seed, number);
            let storefront = Arc::clone(&self);
            placing.spawn(async move { storefront.serve(&order).await });
            while placing.try_join_next().is_some() {}

            let share = Chance::of(self.seed, number, "interval").among(500..=1_500);
            let interval = self.interval.mul_f64(f64::from(u32::try_from(share).unwrap_or(1_000)) / 1_000.0);
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.service.pace.hurry() => break,
            }
        }
        placing.join_all().await;
    }

    /// One request over HTTP.
    async fn serve(&self, order: &Order) {
        let Service { tracer, counters, .. } = &self.service;
        let path = if order.fate.is_basket { "/baskets" } else { "/orders" };
        let cents = i64::try_from(order.cents).unwrap_or(i64::MAX);
        let span = tracer
            .span_builder(format!("POST {path}"))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new(semconv::HTTP_REQUEST_METHOD, "POST"),
                KeyValue::new(semconv::HTTP_ROUTE, path),
                KeyValue::new(semconv::URL_PATH, path),
                KeyValue::new(semconv::USER_ID, order.user_id()),
                KeyValue::new(semconv::SESSION_ID, order.session_id()),
                KeyValue::new(semconv::ORDER_CENTS, cents),
            ])
            .start_with_context(tracer, &Context::new());
        let context = Context::new().with_span(span).with_baggage([
            KeyValue::new(semconv::USER_ID, order.user_id()),
            KeyValue::new(semconv::SESSION_ID, order.session_id()),
        ]);
        let placed = self.place(order).with_context(context.clone()).await;
        let span = context.span();
        let status = match placed {
            Ok(()) => 202,
            Err(problem) => {
                span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, problem.name()));
                span.set_status(Status::error(problem.to_string()));
                503
            }
        };
        span.set_attribute(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, status));
        span.end();
        Counters::add(&counters.orders);
        if order.fate.is_basket {
            Counters::add(&counters.baskets);
        }
    }

    async fn place(&self, order: &Order) -> Result<(), Problem> {
        let Self { service, kafka, .. } = self;
        service.query("INSERT orders", order, 2, 12).await;
        service.log(
            Severity::Info,
            format!("order {} of {} is placed", order.number, order.user_id()),
            order,
        );
        if order.fate.is_basket {
            let mut orders = order.others_of_basket();
            orders.push(order.clone());
            kafka.send_all("orders", &orders).await;
        } else {
            kafka.send("orders", order).await?;
        }
        if order.fate.wants_newsletter {
            kafka.send("newsletter", order).await?;
            Counters::add(&service.counters.newsletters);
        }
        Ok(())
    }
}
