//! Single objects in S3: the functions' configuration is read, large dead letters are written. Both may be done again without
//! harm, so the SDK's own tries stay on. How an object is encrypted is left to the bucket's default.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use crate::failure::{self, Failure};
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures::future::BoxFuture;

/// S3 in an account.
pub struct Objects(Client);

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its version, where the bucket keeps versions.
    pub version: Option<String>,
}

/// An object cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// S3 does not give it.
    #[error("{place}: {failure}")]
    Failed {
        /// `s3://bucket/key`.
        place: String,
        /// Why, and whether it is worth another try.
        failure: Failure,
    },
    /// It is larger than the reader wants.
    #[error("{place}: larger than {most_bytes} bytes")]
    TooLarge {
        /// `s3://bucket/key`.
        place: String,
        /// Most bytes that were asked for.
        most_bytes: usize,
    },
}

/// S3's PutObject.
pub trait PutObjectApi: Send + Sync {
    /// Writes an object in place of one of the same key.
    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Failure>>;
}

impl Objects {
    /// The service that the configuration's credentials and region lead to.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// Reads an object, or one version of it, of at most so many bytes; of a larger one no more than that is read.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        most_bytes: usize,
    ) -> Result<Object, ObjectError> {
        let place = || format!("s3://{bucket}/{key}");
        let too_large = || ObjectError::TooLarge { place: place(), most_bytes };
        let failed = |failure| ObjectError::Failed { place: place(), failure };
        let call = self.0.get_object().bucket(bucket).key(key).set_version_id(version.map(String::from));
        let answer = call.send().await.map_err(|error| failed(failure::of(&error)))?;
        let length = answer.content_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if length > most_bytes {
            return Err(too_large());
        }
        let (version, mut body) = (answer.version_id, answer.body);
        let mut bytes = Vec::with_capacity(length);
        loop {
            let piece = body.try_next().await;
            let Some(piece) = piece.map_err(|cut| failed(Failure::ComeAgain(cut.to_string())))? else {
                break;
            };
            if bytes.len() + piece.len() > most_bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Object { bytes, version })
    }
}

impl PutObjectApi for Objects {
    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let call = self.0.put_object().bucket(bucket).key(key).content_type(content_type);
        let call = call.body(ByteStream::from(bytes)).send();
        Box::pin(async move { call.await.map(drop).map_err(|error| failure::of(&error)) })
    }
}
