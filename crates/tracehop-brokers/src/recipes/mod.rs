//! What is different from broker to broker: a file for each, of its name.

mod home;
mod kafka;
mod nats;
mod rabbitmq;
mod recipe;
mod scheme;
mod settings;
mod started;

use broker_table::{Broker, each_broker};

pub(crate) use home::Home;
pub(crate) use recipe::Recipe;
pub(crate) use scheme::Scheme;
pub(crate) use settings::Settings;
pub(crate) use started::Started;

macro_rules! recipes {
    ($($broker:ident: $name:ident { $($_row:tt)* })*) => {
        /// The recipe of a broker.
        pub(crate) fn of(broker: Broker) -> &'static dyn Recipe {
            match broker {
                $(Broker::$broker => &$name::RECIPE,)*
            }
        }
    };
}

each_broker!(recipes);
