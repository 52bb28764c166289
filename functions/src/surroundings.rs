//! What a function finds around it when it starts: its variables, its configuration, the secrets that it may read, and the place
//! for dead letters.

use crate::configuration::{self, NoConfiguration, Text};
use crate::variables::{BadVariable, SECRET_PREFIX, Variables};
use aws_config::SdkConfig;
use catchwater_aws::firehose::Firehose;
use catchwater_aws::letters::LettersToS3;
use catchwater_aws::objects::Bucket;
use catchwater_aws::put_record_batch::{PutBatchSettings, PutRecordBatch};
use catchwater_aws::secrets::{self, NotFetched};
use catchwater_aws::sigv4::SigV4;
use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_consumer_core::folder::DeadLetterFolder;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::sign::Signers;
use catchwater_consumer_core::world::{Clock, Rng, SystemClock, SystemRng};
use std::sync::Arc;

/// Delivery stream (Firehose) for dead letters.
const LETTERS_STREAM: &str = "CATCHWATER_DEAD_LETTER_STREAM";
/// Bucket for those that are too large for it.
const LETTERS_BUCKET: &str = "CATCHWATER_DEAD_LETTER_BUCKET";
/// What stands before their keys.
const LETTERS_PREFIX: &str = "CATCHWATER_DEAD_LETTER_PREFIX";
/// A folder for all of them, where the function runs on a machine of one's own.
const LETTERS_FOLDER: &str = "CATCHWATER_DEAD_LETTER_FOLDER";

/// What a function is built of.
pub struct Surroundings {
    /// Environment variables.
    pub variables: Variables,
    /// Region, credentials and endpoints.
    pub aws: SdkConfig,
    /// The configuration's text.
    pub configuration: Text,
    /// Secrets, and signatures with the function's role.
    pub keyring: Keyring,
    /// Where goes what cannot pass.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
}

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// A variable.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// The configuration.
    #[error(transparent)]
    Configuration(#[from] NoConfiguration),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] NotFetched),
    /// What the function itself is made of: a sink, a stream, tables.
    #[error("{0}")]
    Parts(String),
}

impl Surroundings {
    /// Looks around: reads the variables and the configuration, and fetches the secrets.
    pub async fn find() -> Result<Self, CannotStart> {
        let (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let variables = Variables::of_process();
        let aws = catchwater_aws::sdk::config().await;
        let configuration = configuration::read(&variables, &aws, &clock).await?;
        let secrets = secrets::fetch(&aws, &clock, SECRET_PREFIX, variables.secrets()).await?;
        let signers = SigV4::of(&aws, clock.clone()).map(|signers| Arc::new(signers) as Arc<dyn Signers>);
        let keyring = Keyring { secrets: Arc::new(secrets), signers };
        let dead_letters = dead_letters(&variables, &aws, &clock, &rng)?;
        Ok(Self { variables, aws, configuration, keyring, dead_letters, clock, rng })
    }
}

fn dead_letters(
    variables: &Variables,
    aws: &SdkConfig,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Arc<dyn DeadLetters>, CannotStart> {
    if let Some(folder) = variables.get(LETTERS_FOLDER) {
        let opened = DeadLetterFolder::open(folder.as_ref());
        let wrong =
            |e: DeadLettersDown| BadVariable::new(LETTERS_FOLDER, format!("is no folder to write to: {e}"));
        return Ok(Arc::new(opened.map_err(wrong)?));
    }
    let stream = variables.need(LETTERS_STREAM, "the Firehose delivery stream for dead letters")?;
    let bucket = variables.need(LETTERS_BUCKET, "the S3 bucket for dead letters over 700 KB")?;
    let bucket = Bucket::new(aws, bucket, clock.clone());
    let bucket = bucket.map_err(|e| CannotStart::Parts(format!("the dead letters' bucket: {e}")))?;
    let prefix = variables.get(LETTERS_PREFIX).unwrap_or("dead-letters");
    let firehose = Arc::new(Firehose::new(aws));
    let firehose =
        PutRecordBatch::new(firehose, stream, clock.clone(), rng.clone(), PutBatchSettings::default());
    Ok(Arc::new(LettersToS3::new(firehose, Arc::new(bucket), prefix)))
}
