//! What adapters say: their system's words, their clients and their messages, as plain data.

mod attribute_value;
mod bounded;
mod client_facts;
mod describe;
mod destination;
mod detach;
mod id_segment;
mod inbound;
mod interned_str;
mod message_attributes;
mod message_info;
mod messaging_system;
mod operation_kind;
mod templates;
mod variant_name;

pub use attribute_value::AttributeValue;
pub(crate) use bounded::bounded;
pub use client_facts::ClientFacts;
pub use describe::Describe;
pub use destination::Destination;
pub(crate) use destination::DestinationName;
pub use detach::Detach;
pub use id_segment::has_id_segment;
pub use inbound::Inbound;
pub(crate) use interned_str::{InternedStr, fingerprint};
pub use message_attributes::MessageAttributes;
pub(crate) use message_attributes::number;
pub use message_info::MessageInfo;
pub use messaging_system::MessagingSystem;
pub use operation_kind::OperationKind;
pub use templates::Templates;
pub use variant_name::snake_case;
