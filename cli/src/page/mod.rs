//! The web page: [`assets`] are what the browser draws with, [`api`] what it asks for, [`guard`] who may ask.

mod api;
mod assets;
mod guard;

use crate::pipeline::Pipeline;
use anyhow::Context;
use axum::Router;
use axum::routing::get;
use catchwater_consumer_sqlite::query::Reader;
use catchwater_consumer_sqlite::schema::OpenError;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;

/// What the page tells of.
pub struct Site {
    pipeline: Arc<Pipeline>,
    store: PathBuf,
    reader: OnceLock<Arc<Reader>>,
}

impl Site {
    /// A page on this pipeline and its SQLite store, where it has one.
    pub fn new(pipeline: Arc<Pipeline>, store: PathBuf) -> Self {
        Self { pipeline, store, reader: OnceLock::new() }
    }

    /// The store's reader, opened when first asked for; `None` if there is no such store.
    fn reader(&self) -> Result<Option<Arc<Reader>>, OpenError> {
        if self.reader.get().is_none() && self.store.exists() {
            let _ = self.reader.set(Arc::new(Reader::open(&self.store)?));
        }
        Ok(self.reader.get().cloned())
    }
}

/// Answers until `shutdown`.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/api/status", get(api::status))
        .route("/api/chart", get(api::chart))
        .route("/api/who", get(api::who))
        .route("/api/moves", get(api::moves))
        .fallback(assets::asset)
        .layer(axum::middleware::from_fn(guard::only_from_here))
        .with_state(Arc::new(site));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await.context("serving the page")
}
