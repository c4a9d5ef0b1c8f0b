//! What the brokers need before `with-brokers` can provide them.

use broker_table::{Broker, set};

use crate::install::cache;
use crate::options::Options;
use crate::{engine, images, recipes};

/// Sets up, for each broker that is wanted and not given, an image or an installation: as many as this machine allows.
/// What fails is said, and no more: `with-brokers` says what that means for the broker.
///
/// Returns the variables to set for it.
pub(crate) fn brokers(options: &Options) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let has_engine = options.may_use("docker") && engine::answers();
    for broker in Broker::ALL.iter().copied().filter(|broker| options.wants(*broker)) {
        let is_given = options.source.is_none() && set(broker.address_variable()).is_some();
        if is_given || options.source.as_deref() == Some("given") {
            continue;
        }
        match has_engine.then(|| image(broker)) {
            Some(Ok(None)) => continue,
            Some(Ok(Some(image))) => {
                variables.push((broker.image_variable(), image));
                continue;
            }
            Some(Err(error)) => eprintln!("{broker}: no image: {error:#}"),
            None => {}
        }
        if options.may_use("native")
            && let Err(error) = (recipes::of(broker).install)()
        {
            eprintln!("{broker}: not installed: {error:#}");
        }
    }
    // Wherever cargo's own folder is.
    variables.extend(Broker::ALL.iter().filter_map(|broker| fetched(*broker)));
    variables
}

/// Where a broker is that was fetched, if it is there and nobody has said it.
fn fetched(broker: Broker) -> Option<(String, String)> {
    let (name, variable) = recipes::of(broker).fetched.filter(|(_, variable)| set(variable).is_none())?;
    let path = cache().join(name);
    Some((variable.to_owned(), path.to_str()?.to_owned())).filter(|_| path.exists())
}

/// Makes sure that there is an image. Returns its name if it is not the one that would be used anyway.
fn image(broker: Broker) -> anyhow::Result<Option<String>> {
    if let Some(chosen) = set(&broker.image_variable()) {
        // Another one in its place would test something else than was asked for.
        return if engine::has(&chosen) { Ok(None) } else { engine::pull(&chosen).map(|()| None) };
    }
    let (official, local) = (broker.official_image(), broker.local_image());
    if engine::has(official) {
        return Ok(None);
    }
    if engine::has(&local) {
        return Ok(Some(local));
    }
    match engine::pull(official) {
        Ok(()) => Ok(None),
        Err(error) => {
            eprintln!("{broker}: {error:#}");
            images::make(broker)?;
            Ok(Some(local))
        }
    }
}
