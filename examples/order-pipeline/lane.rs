//! The ways between the services.

/// A way from one service to another: a queue, and one for what nobody could handle.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    /// From orders to payments.
    Orders,
    /// From payments to shipping.
    Payments,
    /// From shipping to orders.
    Shipments,
}

/// What the two queues of a lane are called: topics, queues or subjects.
#[derive(Clone)]
pub(crate) struct Queues {
    pub(crate) name: String,
    pub(crate) dead_letters: String,
}

impl Lane {
    pub(crate) const ALL: [Self; 3] = [Self::Orders, Self::Payments, Self::Shipments];

    /// `suffix` tells this run's queues from those of other runs.
    pub(crate) fn queues(self, suffix: &str) -> Queues {
        let lane = match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Shipments => "shipments",
        };
        Queues { name: format!("{lane}{suffix}"), dead_letters: format!("{lane}{suffix}.dead") }
    }
}
