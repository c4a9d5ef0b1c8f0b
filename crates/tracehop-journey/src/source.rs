//! Who recorded a span.

use std::sync::Arc;

use crate::text;
use crate::value::{Attribute, Value, find, list_bytes};

/// The attribute of a resource that names the service.
pub(crate) const SERVICE_NAME: &str = "service.name";

/// How many attributes of a resource are kept.
const MAX_ATTRIBUTES: usize = 64;

/// Who recorded a span: the resource and the instrumentation scope. Spans share it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    service: Option<Arc<str>>,
    resource: Arc<[Attribute]>,
    scope_name: Box<str>,
    scope_version: Box<str>,
}

impl Source {
    /// The resource's attributes, and name and version of the scope. The first 64 attributes are kept, each bounded as those of
    /// spans are.
    pub fn new(
        resource: impl IntoIterator<Item = Attribute>,
        scope_name: &str,
        scope_version: &str,
    ) -> Arc<Self> {
        Self::of_resource(&Self::bounded_resource(resource), scope_name, scope_version)
    }

    /// What is kept of a resource, to be shared by its scopes.
    pub(crate) fn bounded_resource(resource: impl IntoIterator<Item = Attribute>) -> Arc<[Attribute]> {
        resource.into_iter().take(MAX_ATTRIBUTES).collect()
    }

    /// One scope of a resource. A hostile request may name a scope for each span: it must not cost a resource each.
    pub(crate) fn of_resource(
        resource: &Arc<[Attribute]>,
        scope_name: &str,
        scope_version: &str,
    ) -> Arc<Self> {
        let service = find(resource, SERVICE_NAME).map(Value::to_text);
        Arc::new(Self {
            service: service.map(|name| text::head(&name, text::MAX_NAME).into()),
            scope_name: text::bounded(scope_name),
            scope_version: text::bounded(scope_version),
            resource: Arc::clone(resource),
        })
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn is_of(&self, resource: &Arc<[Attribute]>, scope_name: &str, scope_version: &str) -> bool {
        Arc::ptr_eq(&self.resource, resource)
            && *self.scope_name == *scope_name
            && *self.scope_version == *scope_version
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn shared_resource(&self) -> &Arc<[Attribute]> {
        &self.resource
    }

    /// A resource of which only the name of the service is known.
    pub fn of_service(name: &str) -> Arc<Self> {
        Self::new([Attribute::new(SERVICE_NAME, Value::text(name))], "", "")
    }

    /// `service.name`, or `unknown_service`.
    pub fn service(&self) -> &str {
        self.service.as_deref().unwrap_or("unknown_service")
    }

    /// The attributes of the resource.
    pub fn resource(&self) -> &[Attribute] {
        &self.resource
    }

    /// The value of an attribute of the resource.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.resource, key)
    }

    /// The name of the instrumentation scope, or an empty text.
    pub fn scope_name(&self) -> &str {
        &self.scope_name
    }

    /// The version of the instrumentation scope, or an empty text.
    pub fn scope_version(&self) -> &str {
        &self.scope_version
    }

    pub(crate) fn bytes(&self) -> usize {
        let service = self.service.as_ref().map_or(0, |name| text::allocated(name.len() + 16));
        let scope = text::allocated(self.scope_name.len()) + text::allocated(self.scope_version.len());
        text::allocated(size_of::<Self>() + 16) + service + scope + list_bytes(&self.resource)
    }
}
