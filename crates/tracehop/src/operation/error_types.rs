//! Names of errors: what the user and the messaging system say about types of errors.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;

use crate::caught::caught;
use crate::message::MessagingSystem;

/// [`MessagingSystem::error_type`] of the system at hand.
pub(crate) type ClientErrors = fn(&dyn Any) -> Option<Cow<'static, str>>;

type Classifier = Box<dyn Fn(&dyn Any) -> Option<Cow<'static, str>> + Send + Sync>;

/// What the user said about types of errors.
#[derive(Default)]
pub(crate) struct ErrorTypes(Vec<(TypeId, Classifier)>);

impl ErrorTypes {
    pub(crate) fn add<E: 'static, T: Into<Cow<'static, str>>>(
        &mut self,
        classify: impl Fn(&E) -> T + Send + Sync + 'static,
    ) {
        let classify = move |error: &dyn Any| error.downcast_ref().map(|error| classify(error).into());
        self.0.push((TypeId::of::<E>(), Box::new(classify)));
    }

    /// To share, if anything was said.
    pub(crate) fn shared(self) -> Option<Arc<Self>> {
        (!self.0.is_empty()).then(|| Arc::new(self))
    }

    fn get(&self, type_id: TypeId, error: &dyn Any) -> Option<Cow<'static, str>> {
        let (_, classify) = self.0.iter().rev().find(|(known, _)| *known == type_id)?;
        // If it panics, the handler's own result comes back all the same, and the error has another name.
        caught(|| classify(error)).flatten()
    }
}

/// Names the errors of one operation: the user's word goes before the client's.
#[derive(Clone)]
pub(crate) struct ErrorNames {
    /// `None` if the user said nothing, so that nothing is counted up and down with each operation.
    users: Option<Arc<ErrorTypes>>,
    clients: ClientErrors,
}

impl ErrorNames {
    #[inline]
    pub(crate) fn of<S: MessagingSystem>(users: Option<&Arc<ErrorTypes>>) -> Self {
        Self { users: users.cloned(), clients: S::error_type }
    }

    /// For what has no operation.
    pub(crate) const fn none() -> Self {
        Self { users: None, clients: |_| None }
    }

    pub(crate) fn name(&self, type_id: TypeId, error: &dyn Any) -> Option<Cow<'static, str>> {
        let users = self.users.as_ref().and_then(|users| users.get(type_id, error));
        users.or_else(|| caught(|| (self.clients)(error)).flatten())
    }
}
