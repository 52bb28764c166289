//! The page, in real Chromium.

use catchwater_tests::browser::Browser;
use catchwater_tests::pipeline::{Pipeline, run_with_input};
use catchwater_tests::skipped;
use serde_json::Value;

#[test]
fn the_page_shows_the_samples_and_what_comes_while_it_is_open() {
    let Some(browser) = Browser::start() else {
        return skipped("no chromedriver: install chromium and chromium-driver");
    };
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start_with(folder.path(), &["up"]);
    pipeline.settle();
    browser.open(&pipeline.page());
    browser.wait_until("document.body.dataset.ready === 'true' && document.querySelector('#chart canvas')");
    // The page opens where most of the data lies: May 2015.
    browser
        .wait_until("document.querySelector('#ranges [aria-pressed=true]').textContent.includes('2015-05')");
    browser.wait_until("document.querySelector('#who').textContent.includes('semicomplete.com')");
    browser.screenshot("page-samples.png");

    // Another range has the file moves.
    browser.script("[...document.querySelectorAll('#ranges button')].find((b) => b.textContent.includes('2023-08')).click()");
    browser.wait_until("document.querySelector('#moves').textContent.includes('hermes-eea')");
    browser.screenshot("page-moves.png");

    // Live: a record that is no envelope at all becomes a dead letter, and a hostile line is shown as text.
    let hostile = br#"203.0.113.9 - <img/src=x/onerror=document.body.dataset.pwned=1> [15/Jan/2031:10:00:00 +0000] "GET /live HTTP/1.1" 200 1 "-" "x""#;
    let put = run_with_input(folder.path(), &["put", "--format", "apache_access", "-"], hostile);
    assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    browser.wait_until("document.querySelector('#ranges').textContent.includes('2031-01-15') || document.querySelector('#dead-total').textContent !== ''");
    browser.wait_until("document.querySelector('#dead-reasons').textContent.includes('future')");
    catchwater_tests::wire::put(&pipeline.kinesis(), "raw", &[("k".into(), vec![0x1f, 0x8b, 8, 0, 1])])
        .unwrap();
    browser.wait_until("document.querySelector('#dead-reasons').textContent.includes('unpack_damaged')");
    browser.screenshot("page-dead-letters.png");
    assert_eq!(browser.script("return document.body.dataset.pwned ?? null"), Value::Null);
    assert_eq!(browser.console(), Vec::<Value>::new());
}
