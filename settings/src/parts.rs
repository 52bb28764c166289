//! What the transform needs of a configuration.

use catchwater_schemas::config::{self, Config};
use catchwater_transforms::identity::tables::SharedTables;
use catchwater_transforms::privacy::Key;
use catchwater_transforms::transform::Parts;

/// The key of keyed hashes is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{0}` is not set; set it to the key of hashes, a long random text")]
pub struct NoKey(String);

/// What the transform needs of a configuration, which was checked, and the tables.
pub fn parts<S>(config: &Config<S>, tables: SharedTables) -> Result<Parts, NoKey> {
    Ok(Parts {
        pipeline: config.pipeline.clone(),
        limits: config.limits,
        routes: config.route.clone(),
        redact: config.redact.clone(),
        query: config.query.clone(),
        operations: config.operation.clone(),
        formats: config.format.clone(),
        who: config.who.clone(),
        tables,
        privacy: config.privacy.clone(),
        privacy_key: privacy_key(&config.privacy)?,
    })
}

/// The key of keyed hashes, from the environment variable that the configuration names.
pub(crate) fn privacy_key(privacy: &config::Privacy) -> Result<Option<Key>, NoKey> {
    let Some(name) = &privacy.key_env else { return Ok(None) };
    match std::env::var(name) {
        Ok(key) if !key.is_empty() => Ok(Some(Key::new(key.as_bytes()))),
        _ => Err(NoKey(name.clone())),
    }
}
