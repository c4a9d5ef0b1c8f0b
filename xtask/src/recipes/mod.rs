//! How each broker is brought onto this machine: a file for each, of its name.

mod kafka;
mod nats;
mod rabbitmq;
mod recipe;

use broker_table::{Broker, each_broker};

pub(crate) use recipe::Recipe;

macro_rules! recipes {
    ($($broker:ident: $name:ident { $($_row:tt)* })*) => {
        /// The recipe of a broker.
        pub(crate) fn of(broker: Broker) -> &'static Recipe {
            match broker {
                $(Broker::$broker => &$name::RECIPE,)*
            }
        }
    };
}

each_broker!(recipes);
