//! Inputs that were found.

use std::path::PathBuf;

use anyhow::Context;

/// Where libFuzzer, too, leaves what it finds: `fuzz/artifacts/{target}`.
fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target)
}

/// Writes an input down, and says how to try it again.
pub(super) fn save(target: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let folder = folder(target);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // The name is that of the content, so that one input is one file.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let path = folder.join(format!("input-{hash:016x}"));
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(format!("cargo xtask fuzz --stable --target {target} --input {}", path.display()))
}
