//! The inputs: log lines of others from `testdata/`, in envelopes as CloudWatch writes them, gzip level 6.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Combined access lines.
    Combined,
    /// Access lines of an Application Load Balancer.
    Alb,
    /// CloudTrail events.
    CloudTrail,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Combined, Kind::Alb, Kind::CloudTrail];

    /// The format's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Combined => "apache_access",
            Kind::Alb => "aws_alb",
            Kind::CloudTrail => "aws_cloudtrail",
        }
    }
}

pub struct Input {
    pub kind: Kind,
    messages: Vec<String>,
}

impl Input {
    /// So many messages of a kind, the same ones each time.
    pub fn new(kind: Kind, count: usize) -> Self {
        let combined = || lines(&testdata().join("apache_access/catalog-semicomplete-a/input.log"));
        let pool = match kind {
            Kind::Combined => combined(),
            Kind::Alb => {
                combined().iter().enumerate().filter_map(|(n, line)| alb_line(n as u64, line)).collect()
            }
            Kind::CloudTrail => cloudtrail(),
        };
        assert!(!pool.is_empty(), "no lines of {}", kind.name());
        // A pool is longer than gzip's window of 32 KB: repeating it makes nothing easier.
        assert!(pool.iter().map(String::len).sum::<usize>() > 64 << 10);
        Self { kind, messages: pool.iter().cycle().take(count).cloned().collect() }
    }

    /// All messages in gzip envelopes of so many each.
    pub fn envelopes(&self, events_each: usize) -> Vec<Vec<u8>> {
        let mut index = 0u64;
        let envelope = |messages: &[String]| {
            let head = r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/web/access","logStream":"i-0123456789abcdef0","subscriptionFilters":["catchwater"],"logEvents":["#;
            let events: Vec<String> = messages
                .iter()
                .map(|message| {
                    index += 1;
                    let message = serde_json::Value::from(message.as_str());
                    // CloudWatch's ids are 56 digits; the first half is alike within an envelope.
                    let random = mix(index);
                    let id = format!("3719971756290717428835512{random:020}{:011}", index % 100_000_000_000);
                    format!(
                        r#"{{"id":"{id}","timestamp":{},"message":{message}}}"#,
                        1_668_093_033_744 + index * 7
                    )
                })
                .collect();
            gzip(format!("{head}{}]}}", events.join(",")).as_bytes())
        };
        self.messages.chunks(events_each).map(envelope).collect()
    }

    /// Bytes that an envelope unpacks to.
    pub fn unpacked_bytes(&self, envelope: &[u8]) -> usize {
        super::gunzip(envelope, &mut Vec::new())
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().filter(|l| !l.is_empty()).map(String::from).collect()
}

/// Every CloudTrail event of the test data that fits CloudWatch's limit of old, 256 KB.
fn cloudtrail() -> Vec<String> {
    let folder = testdata().join("aws_cloudtrail");
    let cases = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut inputs: Vec<PathBuf> =
        cases.filter_map(|case| Some(case.ok()?.path().join("input.jsonl"))).collect();
    inputs.retain(|path| path.exists());
    inputs.sort();
    let all = inputs.iter().flat_map(|path| lines(path));
    all.filter(|line| line.contains("\"eventSource\"") && line.len() < 256 << 10).collect()
}

/// An ALB's line of the same request as an access line's, laid out as in AWS's documentation.
fn alb_line(n: u64, combined: &str) -> Option<String> {
    let mut quoted = combined.split('"');
    let client = quoted.next()?.split(' ').next()?;
    let mut request = quoted.next()?.split(' ');
    let (method, path) = (request.next()?, request.next()?);
    let (_, _, _, agent) = (quoted.next()?, quoted.next()?, quoted.next()?, quoted.next()?);
    let r = mix(n);
    let digits = |shift: u32, modulus: u64| (r >> shift) % modulus;
    let (minute, second, micros) = (n / 60 % 60, n % 60, digits(3, 1_000_000));
    Some(format!(
        "https 2022-07-05T04:{minute:02}:{second:02}.{micros:06}Z app/k8s-shop-56f7898e10/2b395c9f7d176e32 \
         {client}:{} 192.168.{}.{}:8080 0.00{} 0.{:03} 0.000 200 200 {} {} \
         \"{method} https://shop.example.com:443{path} HTTP/1.1\" \"{agent}\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 \
         arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/k8s-shop-d1b9eaccf8/c979ac34eb74c5c5 \
         \"Root=1-{:08x}-{:024x}\" \"shop.example.com\" \"arn:aws:acm:us-west-2:123456789012:certificate/12345678-1234\" \
         {} 2022-07-05T04:{minute:02}:{second:02}.{micros:06}Z \"forward\" \"-\" \"-\" \"192.168.{}.{}:8080\" \"200\" \
         \"-\" \"-\" TID_{:016x}{:016x}",
        1024 + digits(1, 60_000),
        digits(2, 4),
        digits(5, 250),
        digits(7, 3),
        digits(9, 900),
        200 + digits(11, 900),
        300 + digits(13, 60_000),
        r as u32,
        (u128::from(r) * u128::from(mix(r))) >> 32,
        digits(15, 5),
        digits(2, 4),
        digits(5, 250),
        mix(r + 1),
        mix(r + 2),
    ))
}

/// splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(data).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}
