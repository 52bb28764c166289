//! What a new user meets: the start without arguments, the samples, ports in use, a second process, Ctrl-C, a restart.

use catchwater_tests::pipeline::{Pipeline, run};
use catchwater_tests::store::Store;
use std::net::TcpListener;

const BY_SERVICE: &str =
    "SELECT service || ' ' || count(*) FROM event_view GROUP BY service ORDER BY service";

#[test]
fn samples_are_loaded_once_and_a_restart_neither_loses_nor_doubles() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start_with(folder.path(), &[]);
    pipeline.settle();
    let store = Store::open(&pipeline.data());
    let services = store.texts(BY_SERVICE);
    assert!(services.contains(&"semicomplete.com 1200".to_string()), "{services:#?}");
    assert!(services.contains(&"portal 500".to_string()), "{services:#?}");
    assert!(services.contains(&"game-2048 32".to_string()), "{services:#?}");
    let events = store.events();
    let moves = store.number("SELECT count(*) FROM event_view WHERE kind = 'file_move'");
    assert!(moves >= 8, "{moves} file moves");
    let status = pipeline.status();
    assert!(status["accounts"].as_array().unwrap().iter().all(|a| a["balances"] == true), "{status:#}");
    assert_eq!(status["dead_letters"]["total"], 0);

    let printed = pipeline.interrupt();
    for told in ["http://127.0.0.1:", "catchwater put", "catchwater-data", "aws kinesis", "stopped"] {
        assert!(printed.contains(told), "`{told}` is not told:\n{printed}");
    }
    let pipeline = Pipeline::start_with(folder.path(), &["up"]);
    pipeline.settle();
    assert_eq!(Store::open(&pipeline.data()).events(), events);
    assert_eq!(pipeline.status()["accounts"], status["accounts"], "a restart passes nothing again");
}

#[test]
fn a_port_in_use_is_replaced_and_a_second_process_refused() {
    // The defaults' own ports, which this test or anybody else may hold.
    let _held = [TcpListener::bind("127.0.0.1:4567"), TcpListener::bind("127.0.0.1:4580")];
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start_with(folder.path(), &["up", "--no-samples"]);
    for taken in [":4567", ":4580"] {
        assert!(!pipeline.kinesis().ends_with(taken) && !pipeline.page().ends_with(taken));
        assert!(pipeline.printed().contains(&format!("{taken} is in use")), "{}", pipeline.printed());
    }
    let second = run(folder.path(), &["up"]);
    let told = String::from_utf8_lossy(&second.stderr).to_string();
    assert_eq!(second.status.code(), Some(1));
    assert!(told.contains(&format!("process {}", pipeline.pid())) && told.contains("--data-dir"), "{told}");
}

#[test]
fn a_broken_configuration_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.toml"), "[listen]\npgae = \"127.0.0.1:0\"\n").unwrap();
    for args in [&["up", "--config", "broken.toml"][..], &["check", "broken.toml"]] {
        let output = run(folder.path(), args);
        let told = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("broken.toml:2:1:") && told.contains("did you mean `page`?"), "{told}");
    }
    assert!(
        !folder.path().join("catchwater-data").exists(),
        "nothing is made before the configuration is good"
    );
}
