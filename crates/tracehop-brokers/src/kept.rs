//! What must live as long as a broker is used.

#[cfg(feature = "docker")]
use crate::docker::Container;
use crate::native::Native;

/// Dropping it stops the broker, if it was started here.
#[derive(Debug)]
pub(crate) enum Kept {
    Given,
    Native(Native),
    #[cfg(feature = "docker")]
    Container(Box<Container>),
}

impl Kept {
    /// Whether it is stopped when this process ends without a drop: that of a static.
    pub(crate) fn ends_with_this_process(&self) -> bool {
        match self {
            Self::Given | Self::Native(_) => true,
            #[cfg(feature = "docker")]
            Self::Container(container) => container.has_keeper(),
        }
    }
}
