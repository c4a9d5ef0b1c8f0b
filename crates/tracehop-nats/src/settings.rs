//! What users can set on every wrapper.

/// The settings of a wrapper, whose `ServerTracers` are in this field.
macro_rules! settings {
    ($wrapper:ident $(<$param:ident $(: $bound:path)?>)?, $($tracers:ident).+) => {
        impl $(<$param $(: $bound)?>)? $wrapper $(<$param>)? {
            /// The same with another tracer.
            #[must_use]
            pub fn with_tracer(mut self, tracer: &tracehop::MessagingTracer) -> Self {
                self.$($tracers).+ = self.$($tracers).+.with_tracer(tracer);
                self
            }

            /// The same with facts for its spans, for example the identifier of the client. What they leave open stays as it
            /// was known.
            #[must_use]
            pub fn with_facts(mut self, facts: tracehop::ClientFacts) -> Self {
                self.$($tracers).+ = self.$($tracers).+.with_facts(facts);
                self
            }
        }

        /// What is traced already gets the other tracer, so that there is one span and not two.
        impl $(<$param $(: $bound)?>)? tracehop::IntoTraced<crate::system::Nats> for $wrapper $(<$param>)? {
            type Traced = Self;

            fn traced(self, tracer: &tracehop::MessagingTracer) -> Self {
                self.with_tracer(tracer)
            }
        }
    };
}

/// The patterns of a wrapper that receives, whose `ReceivedSubjects` are in this field.
macro_rules! received_templates {
    ($wrapper:ident $(<$param:ident $(: $bound:path)?>)?, $($subjects:ident).+) => {
        impl $(<$param $(: $bound)?>)? $wrapper $(<$param>)? {
            /// The same with patterns for the subjects of its messages; see
            /// [`TracedClient::with_templates`](crate::TracedClient::with_templates). They count before what is known of the
            /// subjects otherwise.
            #[must_use]
            pub fn with_templates(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
                self.$($subjects).+ = self.$($subjects).+.with_templates(patterns);
                self
            }
        }
    };
}

pub(crate) use {received_templates, settings};
