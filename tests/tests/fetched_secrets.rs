//! Secrets by name from Secrets Manager and the Parameter Store, on an emulator: what a function fetches at its start.

use catchwater_aws::secrets::{Fetched, NotFetched, fetch};
use catchwater_consumer_core::http::secrets::Secrets;
use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_tests::emulator::Emulator;
use std::sync::Arc;

const PREFIX: &str = "CATCHWATER_SECRET_";

async fn fetched(url: &str, references: &[(&str, &str)]) -> Result<Fetched, NotFetched> {
    let config = catchwater_aws::sdk::config_at(url, "us-east-1").await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let references = references.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    fetch(&config, &clock, PREFIX, references).await
}

#[tokio::test]
async fn secrets_come_by_arn_name_and_key_and_what_cannot_be_had_is_told_without_them() {
    let Some(emulator) = Emulator::ministack() else { return };
    let cloud = emulator.cloud();
    let arn = cloud.create_secret("es", "hunter2\n");
    cloud.create_secret("db", r#"{"username":"bob","password":"hunter3"}"#);
    cloud.put_parameter("/catchwater/loki", "hunter4");

    let references = [
        ("ES_PASSWORD", arn.as_str()),
        ("DB_PASSWORD", "secretsmanager:db#password"),
        ("LOKI", "ssm:/catchwater/loki"),
    ];
    let secrets = fetched(&emulator.url(), &references).await.unwrap();
    for (name, value) in [("ES_PASSWORD", "hunter2"), ("DB_PASSWORD", "hunter3"), ("LOKI", "hunter4")] {
        assert_eq!(secrets.get(name).unwrap().reveal(), value, "{name}");
    }
    let missing = secrets.need("INFLUX").unwrap_err().to_string();
    assert!(missing.contains("set `CATCHWATER_SECRET_INFLUX` to the ARN"), "{missing}");

    for (reference, says) in [
        ("secretsmanager:absent", "ResourceNotFoundException"),
        ("ssm:/absent", "ParameterNotFound"),
        ("secretsmanager:db#pass", "no key `pass`"),
        ("secretsmanager:es#password", "no JSON object"),
        ("hunter2", "names no secret"),
    ] {
        let wrong = fetched(&emulator.url(), &[("X", reference)]).await.err().unwrap().to_string();
        assert!(wrong.contains("`X`") && wrong.contains(says), "{reference}: {wrong}");
        assert!(!wrong.contains("hunter"), "{wrong}");
    }
    let nobody = fetched("http://127.0.0.1:9", &[("X", "ssm:/a")]).await.err().unwrap().to_string();
    assert!(nobody.contains("`X`"), "{nobody}");
}
