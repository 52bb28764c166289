//! `catchwater cost`, and commands that are pointed at a deployed pipeline by Terraform's outputs.

use catchwater_tests::pipeline::run;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

const LINE: &str = "192.168.202.254 - - [20/Jul/2009:22:59:26 +0000] \"GET /vmw/cgi/tramp?q=1 HTTP/1.0\" 200 134 \"-\" \"gPXE/0.9.7\"\n";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn document(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What `terraform output -json` writes.
fn outputs(folder: &Path, configuration: &str) {
    let value = json!({"configuration": configuration, "region": "eu-central-1", "streams": {"raw": "r", "events": "e"}});
    let all = json!({"catchwater": {"sensitive": false, "type": ["object", {}], "value": value}});
    std::fs::write(folder.join("outputs.json"), all.to_string()).unwrap();
}

#[test]
fn log_groups_of_arguments_and_of_a_file_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let group = "[[log_group]]\nname = \"a\"\ngb_per_month = 30\nevents_per_second = 12.5\n";
    std::fs::write(folder.path().join("groups.toml"), group).unwrap();
    let by_argument = document(&run(folder.path(), &["cost", "--group", "a=30GB/month,12.5/s", "--json"]));
    let by_file = document(&run(folder.path(), &["cost", "--groups", "groups.toml", "--json"]));
    assert_eq!(by_argument, by_file);
    let both = ["cost", "--groups", "groups.toml", "--group", "b=30GB/month,12.5/s", "--json"];
    let both = document(&run(folder.path(), &both));
    assert_eq!(both["month"]["log_bytes"], json!(60u64 << 30));
    for (way, alone) in both["ways"].as_array().unwrap().iter().zip(by_file["ways"].as_array().unwrap()) {
        let sum = |way: &Value| way["micro_usd_a_month"].as_u64().unwrap();
        // Each is rounded once.
        assert!(sum(way) > sum(alone) && sum(way) <= 2 * sum(alone) + 1, "{}", way["name"]);
        let lines: u64 =
            way["lines"].as_array().unwrap().iter().map(|l| l["micro_usd"].as_u64().unwrap()).sum();
        assert!(lines.abs_diff(sum(way)) < 50, "the lines are not the sum: {}", way["name"]);
    }
}

#[test]
fn what_is_told_has_the_sum_the_day_of_the_prices_and_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["cost", "--group", "a=5GB/day,340B", "--store", "opensearch"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for part in [
        "USD a month",
        "raw stream",
        "store",
        "Firehose only",
        "Left out:",
        "NAT",
        "Prices are list prices of 20",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.lines().all(|line| line == line.trim_end()), "spaces at a line's end");
}

#[test]
fn files_are_measured_by_our_own_transform() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access.log"), LINE.repeat(2_000)).unwrap();
    let told =
        document(&run(folder.path(), &["cost", "--actual", "access.log", "--covers", "24h", "--json"]));
    let file = &told["measured"][0];
    assert_eq!(file["bytes"], json!(LINE.len() * 2_000));
    assert_eq!(
        (&file["log_events"], &file["events"], &file["unparsed"]),
        (&json!(2_000), &json!(2_000), &json!(0))
    );
    // 365 / 12 days of it.
    assert_eq!(told["month"]["log_events"], json!(2_000 * 365 / 12));
    let without = run(folder.path(), &["cost", "--actual", "access.log"]);
    assert!(!without.status.success() && text(&without.stderr).contains("--covers"));
}

#[test]
fn what_cannot_be_reckoned_is_told_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for (options, told) in [
        (vec![], "no log group is given"),
        (vec!["--group", "a=5GB,1/s"], "GB/day,EVENTS/s"),
        (vec!["--group", "a=5GB/day,1/s", "--region", "mars-1"], "us-east-1, eu-central-1"),
        (vec!["--groups", "none.toml"], "none.toml"),
        (vec!["--actual", "none.log", "--covers", "1d"], "none.log"),
        (vec!["--group", "a=5GB/day,1/s", "--store", "influxdb", "--instance", "x"], "db.influx.medium"),
    ] {
        let output = run(folder.path(), &[vec!["cost"], options].concat());
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
    }
}

#[test]
fn the_outputs_of_terraform_are_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    // The functions have the password; to look for mistakes nobody needs it.
    let configuration = "[[route]]\nlog_group = \"*\"\nservice = \"portal\"\n\n[sink.elasticsearch]\nurl = \"https://search.example.org\"\nuser = \"u\"\npassword_env = \"CATCHWATER_NO_SUCH_VARIABLE\"\n";
    outputs(folder.path(), configuration);
    let checked = run(folder.path(), &["check", "outputs.json"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("1 routes, sinks: elasticsearch"), "{}", text(&checked.stdout));
    std::fs::write(folder.path().join("access.log"), LINE).unwrap();
    let costs = ["cost", "--config", "outputs.json", "--actual", "access.log", "--covers", "1h", "--json"];
    assert_eq!(document(&run(folder.path(), &costs))["region"], "eu-central-1");
    let other = [&costs[..], &["--region", "us-east-1"]].concat();
    assert_eq!(document(&run(folder.path(), &other))["region"], "us-east-1");

    // Mistakes are told with their place within the configuration.
    outputs(folder.path(), "[[route]]\nformat = \"ngnix_access\"\n");
    let told = text(&run(folder.path(), &["check", "outputs.json"]).stderr);
    assert!(told.contains("outputs.json, output catchwater, configuration:2:"), "{told}");
    assert!(told.contains("did you mean `nginx_access`"), "{told}");
    std::fs::write(folder.path().join("outputs.json"), "{\"vpc\": {\"value\": 1}}").unwrap();
    for command in [vec!["check", "outputs.json"], vec!["setup", "elasticsearch", "--config", "outputs.json"]]
    {
        let output = run(folder.path(), &command);
        let told = text(&output.stderr);
        assert!(
            !output.status.success() && told.contains("outputs.json: has no output `catchwater`, only `vpc`"),
            "{told}"
        );
    }
}
