//! The page's files, embedded in the program: nothing is fetched from elsewhere.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// One line a file: path, type, content.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("../../web/index.html")),
    ("/page.js", JS, include_str!("../../web/page.js")),
    ("/page.css", CSS, include_str!("../../web/page.css")),
    ("/vendor/uPlot.iife.min.js", JS, include_str!("../../web/vendor/uplot/uPlot.iife.min.js")),
    ("/vendor/uPlot.min.css", CSS, include_str!("../../web/vendor/uplot/uPlot.min.css")),
];

/// Answers with the file of this path.
pub async fn asset(uri: Uri) -> Response {
    match ASSETS.iter().find(|(path, _, _)| *path == uri.path()) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => {
            (StatusCode::NOT_FOUND, format!("There is no {}; the page is /.\n", uri.path())).into_response()
        }
    }
}
