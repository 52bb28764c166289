//! Calls of S3 that name an object: which file was read, or moved where
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>).

use super::{API, Call};
use crate::formats::aws_s3_event::key::{decode, set_file};
use crate::json::{Json, JsonStr, member};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use std::borrow::Cow;

const FILE: &str = "[\"file\"]";

/// Sets the file's fields if the call names an object; answers ECS category and kind.
pub(super) fn read<'a>(fields: &mut Fields<'a>, call: &Call<'a>, failed: bool) -> (&'static str, Kind) {
    let Some(parameters) = Parameters::read(call) else { return (API, Kind::ServiceQuery) };
    let (bucket, key) = (parameters.bucket.text(), parameters.key.text());
    let (moved, is_target) = match call.name.raw() {
        "PutObject" | "PostObject" | "CompleteMultipartUpload" => (Some("PUT"), true),
        "CopyObject" => (Some("COPY"), true),
        "RenameObject" => (Some("MOVE"), true),
        "DeleteObject" => (Some("DELETE"), false),
        "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" | "AbortMultipartUpload" | "ListParts" => {
            (None, true)
        }
        _ => (None, false),
    };
    let (bucket_field, key_field) = if is_target {
        (Field::FileDestinationBucket, Field::FileDestinationKey)
    } else {
        (Field::FileSourceBucket, Field::FileSourceKey)
    };
    fields.set(bucket_field, bucket);
    set_file(fields, key, Some(key_field));
    match parameters.rename_source.filter(|_| call.name.raw() == "RenameObject") {
        // Within the bucket: `/KEY` or `KEY`, URL-encoded.
        Some(source) => {
            let key = decode(source.text());
            fields.set(Field::FileSourceBucket, parameters.bucket);
            fields.set(Field::FileSourceKey, key.strip_prefix('/').unwrap_or(&key).to_string());
        }
        None => set_copy_source(fields, parameters.copy_source),
    }
    let version = parameters.version.or_else(|| member(call.response.clone()?, "x-amz-version-id")?.string());
    if let Some(version) = version.filter(|v| !v.is_empty()) {
        fields.set(Field::FileVersion, version);
    }
    // A call that failed moved nothing.
    match moved.filter(|_| !failed) {
        Some(action) => {
            fields.set(Field::ActionType, action);
            (FILE, Kind::FileMove)
        }
        None => (FILE, Kind::ServiceQuery),
    }
}

struct Parameters<'a> {
    bucket: JsonStr<'a>,
    key: JsonStr<'a>,
    version: Option<JsonStr<'a>>,
    copy_source: Option<JsonStr<'a>>,
    rename_source: Option<JsonStr<'a>>,
}

impl<'a> Parameters<'a> {
    fn read(call: &Call<'a>) -> Option<Self> {
        let mut cursor = call.parameters.clone().filter(|c| c.peek() == b'{')?;
        cursor.begin_object().ok()?;
        let (mut bucket, mut key, mut version) = (None, None, None);
        let (mut copy_source, mut rename_source) = (None, None);
        while let Some(name) = cursor.next_key().ok()? {
            let slot = match name.raw() {
                "bucketName" => &mut bucket,
                "key" => &mut key,
                "versionId" => &mut version,
                "x-amz-copy-source" => &mut copy_source,
                "x-amz-rename-source" => &mut rename_source,
                _ => {
                    cursor.skip().ok()?;
                    continue;
                }
            };
            if let Json::String(text) = cursor.value().ok()? {
                *slot = Some(text);
            }
        }
        let (bucket, key) = (bucket?, key?);
        (!bucket.is_empty() && !key.is_empty()).then_some(Self {
            bucket,
            key,
            version,
            copy_source,
            rename_source,
        })
    }
}

/// `x-amz-copy-source` is `[/]BUCKET/KEY[?versionId=…]`, URL-encoded, or an ARN of an access point, which names no
/// bucket (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
fn set_copy_source<'a>(fields: &mut Fields<'a>, source: Option<JsonStr<'a>>) {
    let Some(text) = source.map(JsonStr::text) else { return };
    let path = text.split_once('?').map_or(&*text, |(path, _)| path);
    let path = decode(Cow::Borrowed(path));
    let path = path.strip_prefix('/').unwrap_or(&path);
    if let Some((bucket, key)) = path.split_once('/').filter(|_| !path.starts_with("arn:")) {
        fields.set(Field::FileSourceBucket, bucket.to_string());
        fields.set(Field::FileSourceKey, key.to_string());
    }
}
