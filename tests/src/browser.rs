//! A real Chromium, driven by chromedriver (W3C WebDriver, <https://www.w3.org/TR/webdriver2/>).

use crate::wait_for;
use base64::Engine;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A browser window; closed when dropped.
pub struct Browser {
    driver: Child,
    base: String,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts Chromium without a screen; `None` if it is not installed.
    pub fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let base = format!("http://127.0.0.1:{port}");
        let mut browser = Self { driver, base, session: String::new(), _profile: profile };
        wait_for("chromedriver answers", Duration::from_secs(20), || {
            browser.call("GET", "/status", None).ok()
        });
        let profile = browser._profile.path().display().to_string();
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1400,1500",
        ];
        let args: Vec<String> =
            args.iter().map(|a| a.to_string()).chain([format!("--user-data-dir={profile}")]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": args}, "goog:loggingPrefs": {"browser": "ALL"}}}});
        let made = browser.call("POST", "/session", Some(wanted)).expect("Chromium starts");
        browser.session = made["sessionId"].as_str().expect("a session").to_string();
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let url = format!("{}{path}", self.base);
        let response = match (method, body) {
            ("POST", body) => agent.post(&url).send(body.unwrap_or(json!({})).to_string()),
            ("DELETE", _) => agent.delete(&url).call(),
            _ => agent.get(&url).call(),
        };
        let mut response = response.map_err(|e| e.to_string())?;
        let text =
            response.body_mut().with_config().limit(64 << 20).read_to_string().map_err(|e| e.to_string())?;
        let value: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        if response.status().is_success() { Ok(value["value"].clone()) } else { Err(text) }
    }

    fn command(&self, path: &str, body: Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), Some(body))
            .unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.command("/url", json!({"url": url}));
    }

    /// Runs a script's body in the page and gives what it returns.
    pub fn script(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until a script's expression is true.
    pub fn wait_until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        wait_for(expression, Duration::from_secs(30), || {
            (self.script(&script) == Value::Bool(true)).then_some(())
        });
    }

    /// Errors and warnings of the page's console.
    pub fn console(&self) -> Vec<Value> {
        let log = self.command("/se/log", json!({"type": "browser"}));
        log.as_array().cloned().unwrap_or_default()
    }

    /// Keeps a picture of the page under `tests/artefacts/`.
    pub fn screenshot(&self, name: &str) {
        let shot =
            self.call("GET", &format!("/session/{}/screenshot", self.session), None).expect("a picture");
        let png = base64::engine::general_purpose::STANDARD
            .decode(shot.as_str().unwrap_or_default())
            .expect("base64");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefacts");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join(name), png).expect("the picture can be written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.call("DELETE", &format!("/session/{}", self.session), None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
