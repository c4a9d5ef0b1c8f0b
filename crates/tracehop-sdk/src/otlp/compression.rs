/// What is done to requests before they travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtlpCompression {
    /// They go as they are.
    #[default]
    None,
    /// They are compressed with gzip: needs the feature `gzip`.
    Gzip,
}
