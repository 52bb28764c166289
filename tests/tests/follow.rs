//! `catchwater up --follow`: growth, rotation, truncation and restarts, without loss or duplicates.

use catchwater_tests::pipeline::Pipeline;
use catchwater_tests::store::Store;
use catchwater_tests::wait_for;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

fn append(file: &Path, from: u32, to: u32) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    for n in from..to {
        writeln!(
            file,
            r#"10.0.0.{} - - [20/Jul/2009:22:59:{:02} +0000] "GET /page/{n} HTTP/1.0" 200 134"#,
            n % 250,
            n % 60
        )
        .unwrap();
    }
}

fn paths(pipeline: &Pipeline) -> Vec<u32> {
    let texts = Store::open(&pipeline.data()).texts("SELECT event ->> '$.url.path' FROM events");
    let mut numbers: Vec<u32> =
        texts.iter().map(|p| p.trim_start_matches("/page/").parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn stored(pipeline: &Pipeline, to: u32) {
    let expected: Vec<u32> = (0..to).collect();
    wait_for("all lines are stored once", Duration::from_secs(20), || {
        (paths(pipeline) == expected).then_some(())
    });
}

#[test]
fn a_file_is_followed_through_rotation_truncation_and_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (log, rotated) = (folder.path().join("access.log"), folder.path().join("access.log.1"));
    let args = ["--follow", "access.log", "--format", "apache_access"];
    append(&log, 0, 100);
    let pipeline = Pipeline::start(folder.path(), &args);
    stored(&pipeline, 100);
    append(&log, 100, 150);
    stored(&pipeline, 150);

    // Rotated while lines come: the rest of the old file comes before the new one's lines.
    append(&log, 150, 160);
    std::fs::rename(&log, &rotated).unwrap();
    append(&rotated, 160, 170);
    append(&log, 170, 200);
    stored(&pipeline, 200);

    // Lines written while it is down.
    pipeline.kill();
    append(&log, 200, 260);
    let pipeline = Pipeline::start(folder.path(), &args);
    stored(&pipeline, 260);

    // Truncated in place (copytruncate): a new generation of the same file.
    OpenOptions::new().write(true).truncate(true).open(&log).unwrap();
    append(&log, 260, 270);
    stored(&pipeline, 270);

    // A line without its end waits for it.
    write!(
        OpenOptions::new().append(true).open(&log).unwrap(),
        r#"10.0.0.1 - - [20/Jul/2009:22:59:00 +0000] "GET /page/2"#
    )
    .unwrap();
    pipeline.interrupt();
    writeln!(OpenOptions::new().append(true).open(&log).unwrap(), r#"70 HTTP/1.0" 200 134"#).unwrap();
    let pipeline = Pipeline::start(folder.path(), &args);
    stored(&pipeline, 271);
}
