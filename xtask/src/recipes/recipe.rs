//! What there is to know about bringing a broker onto this machine.

/// Programs of this machine, or an image: with mmdebstrap's root file system, and `docker import`.
pub(crate) struct Recipe {
    /// Makes sure that `with-brokers` can start it as a process.
    pub(crate) install: fn() -> anyhow::Result<()>,
    /// Fetches what its image is made of besides packages.
    pub(crate) fetch: fn() -> anyhow::Result<()>,
    /// What was fetched, by its name in the cache, and the variable that tells `with-brokers` where it is.
    pub(crate) fetched: Option<(&'static str, &'static str)>,
    /// Of mmdebstrap: how much of Debian there is besides the packages.
    pub(crate) variant: &'static str,
    /// Its last step before the file is written, which depends on the variant.
    pub(crate) hook: &'static str,
    pub(crate) packages: &'static str,
    /// Shell commands that complete the root file system `$1`, with the workspace in `$TRACEHOP_ROOT`.
    pub(crate) complete: &'static str,
    /// What `docker import` is told of the image.
    pub(crate) changes: &'static [&'static str],
}
