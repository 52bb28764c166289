//! What the transform needs of a configuration.

use catchwater_consumer_core::http::secrets::{NoSecret, Secrets};
use catchwater_schemas::config::{self, Config};
use catchwater_transforms::identity::tables::SharedTables;
use catchwater_transforms::privacy::Key;
use catchwater_transforms::transform::Parts;

/// What the transform needs of a configuration, which was checked, and the tables.
pub fn parts<S>(config: &Config<S>, tables: SharedTables, secrets: &dyn Secrets) -> Result<Parts, NoSecret> {
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
        privacy_key: privacy_key(&config.privacy, secrets)?,
    })
}

/// The key of keyed hashes, by the name that the configuration has for it.
pub(crate) fn privacy_key(privacy: &config::Privacy, secrets: &dyn Secrets) -> Result<Option<Key>, NoSecret> {
    let Some(name) = &privacy.key_env else { return Ok(None) };
    Ok(Some(Key::new(secrets.need(name)?.reveal().as_bytes())))
}
