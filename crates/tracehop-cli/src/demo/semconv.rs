//! The keys of attributes.

pub(super) const DB_QUERY_TEXT: &str = "db.query.text";
pub(super) const DB_SYSTEM_NAME: &str = "db.system.name";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const HTTP_REQUEST_METHOD: &str = "http.request.method";
pub(super) const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
pub(super) const HTTP_ROUTE: &str = "http.route";
pub(super) const MESSAGING_KAFKA_OFFSET: &str = "messaging.kafka.offset";
pub(super) const MESSAGING_RABBITMQ_DELIVERY_TAG: &str = "messaging.rabbitmq.message.delivery_tag";
pub(super) const MESSAGING_RABBITMQ_ROUTING_KEY: &str = "messaging.rabbitmq.destination.routing_key";
pub(super) const ORDER_CENTS: &str = "shop.order.cents";
pub(super) const ORDER_NUMBER: &str = "shop.order.number";
pub(super) const SERVER_ADDRESS: &str = "server.address";
pub(super) const SERVICE_INSTANCE_ID: &str = "service.instance.id";
pub(super) const SESSION_ID: &str = "session.id";
/// Of resources: says that a service is one of the demo's.
pub(super) const TRACEHOP_DEMO: &str = "tracehop.demo";
pub(super) const URL_PATH: &str = "url.path";
pub(super) const USER_ID: &str = "user.id";
