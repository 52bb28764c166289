//! A real Kafka broker (KRaft, one node) as a process, from where `scripts/kafka_server.sh` has put it, and its records by
//! `kcat`.

use crate::server::{Server, free_port, with_java};
use crate::skipped;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Any UUID in Kafka's base64.
const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";

/// A running broker without a topic. Ends when it is dropped.
pub struct Kafka {
    _server: Server,
    folder: TempDir,
    java: String,
    classes: String,
    port: u16,
}

/// What to put on a topic.
#[derive(Debug, Clone, Default)]
pub struct Message<'a> {
    /// Its key, if it has one: text.
    pub key: Option<&'a str>,
    /// Its headers: text without a comma.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its value: any bytes.
    pub value: &'a [u8],
}

/// A record as it lies on a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct KafkaRecord {
    /// Number of its partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: u64,
    /// When it was made, by its producer: epoch milliseconds.
    pub timestamp_millis: i64,
    /// Its key, if it has one.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Vec<u8>,
    /// Its headers in their order.
    pub headers: Vec<(String, String)>,
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}{}", String::from_utf8_lossy(&output.stdout));
    output.stdout
}

impl Kafka {
    /// Starts a broker; `None`, and a word of it, where it or `kcat` is not installed.
    pub fn start() -> Option<Self> {
        let (home, java_home) = with_java("kafka", "17 or newer")?;
        if Command::new("kcat").arg("-V").output().is_err() {
            skipped("no kcat: run scripts/kafka_server.sh");
            return None;
        }
        let java = format!("{java_home}/bin/java");
        let classes = home.join("lib/*").display().to_string();
        let folder = tempfile::Builder::new().prefix("catchwater-kafka-").tempdir().expect("a folder");
        let (port, controller) = (free_port(), free_port());
        let properties = folder.path().join("server.properties");
        std::fs::write(&properties, settings(port, controller, folder.path())).expect("a file");
        output(Command::new(&java).args(["-Xmx256m", "-cp", &classes, "kafka.tools.StorageTool"]).args([
            "format",
            "-t",
            CLUSTER,
            "-c",
            &properties.display().to_string(),
        ]));
        let mut command = Command::new(&java);
        command.args(["-Xmx384m", "-cp", &classes, "kafka.Kafka"]).arg(&properties);
        let is_ready = || {
            let list = ["-L", "-m", "2", "-b", &format!("127.0.0.1:{port}")];
            Command::new("kcat").args(list).output().is_ok_and(|o| o.status.success())
        };
        let server = Server::start("kafka", port, &mut command, is_ready);
        Some(Self { _server: server, folder, java, classes, port })
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes a topic.
    pub fn create_topic(&self, topic: &str, partitions: u32) {
        output(Command::new(&self.java).args(["-Xmx128m", "-cp", &self.classes]).args([
            "org.apache.kafka.tools.TopicCommand",
            "--create",
            "--bootstrap-server",
            &self.address(),
            "--topic",
            topic,
            "--partitions",
            &partitions.to_string(),
            "--replication-factor",
            "1",
        ]));
    }

    /// Puts a message on a partition and waits until the broker has it.
    pub fn produce(&self, topic: &str, partition: u32, message: &Message<'_>) {
        let file = self.folder.path().join("message");
        std::fs::write(&file, message.value).expect("a file");
        let mut command = Command::new("kcat");
        command.args(["-P", "-b", &self.address(), "-t", topic, "-p", &partition.to_string()]);
        command.args(["-X", "acks=all", "-X", "message.max.bytes=10485760"]);
        command
            .args(message.headers.iter().flat_map(|(name, value)| ["-H".into(), format!("{name}={value}")]));
        if let Some(key) = message.key {
            command.args(["-k", key]);
        }
        output(command.arg(&file));
    }

    /// All records of a topic, by partition and offset.
    pub fn consume(&self, topic: &str) -> Vec<KafkaRecord> {
        // Lengths stand before what has them: keys and values are any bytes.
        let format = "%p %o %T %K %S\n%k%s%h\n";
        let from = ["-C", "-e", "-q", "-o", "beginning", "-b", &self.address(), "-t", topic, "-f", format];
        let printed = output(Command::new("kcat").args(from));
        let mut rest = printed.as_slice();
        let mut records = Vec::new();
        while !rest.is_empty() {
            records.push(read_record(&mut rest).expect("kcat prints as it is told"));
        }
        records.sort_by_key(|r| (r.partition, r.offset));
        records
    }

    /// The event with which Lambda hands records of one topic to a function
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html>).
    pub fn lambda_event(&self, topic: &str, records: &[KafkaRecord]) -> Value {
        let mut partitions = serde_json::Map::new();
        for record in records {
            let header = |(name, value): &(String, String)| json!({name: value.as_bytes()});
            let mut entry = json!({
                "topic": topic,
                "partition": record.partition,
                "offset": record.offset,
                "timestamp": record.timestamp_millis,
                "timestampType": "CREATE_TIME",
                "value": STANDARD.encode(&record.value),
                "headers": record.headers.iter().map(header).collect::<Vec<_>>(),
            });
            if let Some(key) = &record.key {
                entry["key"] = json!(STANDARD.encode(key));
            }
            let partition = partitions.entry(format!("{topic}-{}", record.partition)).or_insert(json!([]));
            partition.as_array_mut().expect("a list").push(entry);
        }
        json!({"eventSource": "SelfManagedKafka", "bootstrapServers": self.address(), "records": partitions})
    }
}

fn settings(port: u16, controller: u16, folder: &Path) -> String {
    format!(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\ncontroller.listener.names=CONTROLLER\n\
         log.dirs={}\noffsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\nmessage.max.bytes=10485760\nauto.create.topics.enable=false\n",
        folder.join("data").display()
    )
}

/// One record of what kcat printed, cut off its front.
fn read_record(rest: &mut &[u8]) -> Option<KafkaRecord> {
    let head = std::str::from_utf8(take_line(rest)?).ok()?;
    let mut numbers = head.split(' ').map(str::parse::<i64>);
    let mut next = || numbers.next()?.ok();
    let (partition, offset, timestamp_millis, key, value) = (next()?, next()?, next()?, next()?, next()?);
    // -1: there is no key.
    let key = usize::try_from(key).ok().map(|length| take(rest, length)).map(<[u8]>::to_vec);
    let value = take(rest, usize::try_from(value).unwrap_or(0)).to_vec();
    let headers = std::str::from_utf8(take_line(rest)?).ok()?;
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.into(), value.into()));
    let headers = headers.split(',').filter_map(pair).collect();
    let (partition, offset) = (u32::try_from(partition).ok()?, u64::try_from(offset).ok()?);
    Some(KafkaRecord { partition, offset, timestamp_millis, key, value, headers })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|b| *b == b'\n')?;
    let line = take(rest, end);
    take(rest, 1);
    Some(line)
}
