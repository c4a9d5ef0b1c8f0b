//! What a law needs of a transport.

use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch};

use crate::input::RawHeader;

/// A header as a transport holds it. The value is null, or whatever tells values apart; that of text is the text.
pub(crate) type Held = (Vec<u8>, Option<Vec<u8>>);

/// What is done to the headers of one message.
pub(crate) type Edit<'e> = &'e mut dyn FnMut(&mut dyn CarrierMut) -> Result<(), CarrierError>;

/// The headers of one message.
pub(crate) trait Transport {
    /// Whether headers keep their order. That of values of one name always is.
    const ORDERED: bool;

    /// Whether a name may be any bytes, a zero byte among them.
    const RAW_NAMES: bool = false;

    /// Those of the headers that the transport can hold.
    fn build(headers: &[RawHeader]) -> Self;

    fn carrier(&self) -> impl Carrier + '_;

    /// Does something to the headers through the adapter of the transport.
    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError>;

    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        self.edit(&mut |carrier| carrier.apply(patch))
    }

    /// All headers, as the transport would send them.
    fn dump(&self) -> Vec<Held>;

    /// Whether this transport may refuse what it was given. The others take everything that a propagator here writes.
    fn may_refuse(&self) -> bool {
        false
    }
}
