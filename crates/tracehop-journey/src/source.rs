//! Who recorded a span.

use std::sync::Arc;

use crate::described::Described;
use crate::text;
use crate::value::{Attribute, Value, find};

/// The attribute of a resource that names the service.
pub(crate) const SERVICE_NAME: &str = "service.name";

/// Who recorded a span: the resource and the instrumentation scope. Spans share it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    service: Option<Arc<str>>,
    resource: Described,
    scope_name: Box<str>,
    scope_version: Box<str>,
    scope: Described,
}

impl Source {
    /// The resource's attributes, and name and version of the scope. The first 64 attributes are kept, each bounded as those of
    /// spans are.
    pub fn new(
        resource: impl IntoIterator<Item = Attribute>,
        scope_name: &str,
        scope_version: &str,
    ) -> Arc<Self> {
        Self::of_scope(&Described::new(resource, 0), scope_name, scope_version, Described::default())
    }

    /// The same with attributes of the scope, which are bounded as those of the resource are.
    #[must_use]
    pub fn with_scope_attributes(
        self: Arc<Self>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Arc<Self> {
        Arc::new(Self { scope: Described::new(attributes, 0), ..Arc::unwrap_or_clone(self) })
    }

    /// One scope of a resource. A hostile request may name a scope for each span: it must not cost a resource each.
    pub(crate) fn of_scope(
        resource: &Described,
        scope_name: &str,
        scope_version: &str,
        scope: Described,
    ) -> Arc<Self> {
        let service = find(&resource.attributes, SERVICE_NAME).map(Value::to_text);
        Arc::new(Self {
            service: service.map(|name| text::head(&name, text::MAX_NAME).into()),
            scope_name: text::bounded(scope_name),
            scope_version: text::bounded(scope_version),
            scope,
            resource: resource.clone(),
        })
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn is_of(
        &self,
        resource: &Described,
        scope_name: &str,
        scope_version: &str,
        scope: &Described,
    ) -> bool {
        self.resource.is_shared_with(resource)
            && *self.scope_name == *scope_name
            && *self.scope_version == *scope_version
            && self.scope == *scope
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn shared_resource(&self) -> &Described {
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
        &self.resource.attributes
    }

    /// How many attributes of the resource are missing.
    pub fn resource_lost(&self) -> u32 {
        self.resource.lost
    }

    /// The value of an attribute of the resource.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.resource.attributes, key)
    }

    /// The name of the instrumentation scope, or an empty text.
    pub fn scope_name(&self) -> &str {
        &self.scope_name
    }

    /// The version of the instrumentation scope, or an empty text.
    pub fn scope_version(&self) -> &str {
        &self.scope_version
    }

    /// The attributes of the instrumentation scope.
    pub fn scope_attributes(&self) -> &[Attribute] {
        &self.scope.attributes
    }

    /// How many attributes of the instrumentation scope are missing.
    pub fn scope_lost(&self) -> u32 {
        self.scope.lost
    }

    pub(crate) fn bytes(&self) -> usize {
        let service = self.service.as_ref().map_or(0, |name| text::allocated(name.len() + 16));
        let scope = text::allocated(self.scope_name.len()) + text::allocated(self.scope_version.len());
        let scope = scope + self.scope.bytes();
        text::allocated(size_of::<Self>() + 16) + service + scope + self.resource.bytes()
    }
}
