//! Files that grow, are renamed, cut and copied, with rounds that fail and agents that are killed.

use super::*;
use crate::put_records::{PutError, PutRecordsApi, PutSettings};
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use futures::future::BoxFuture;
use proptest::prelude::{Just, ProptestConfig, any, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Mutex;

fn followed(path: &Path) -> Followed {
    Followed { path: path.into(), log: crate::file::log_stream_of(path), hint: Hint::default() }
}

fn lines_of(entries: &[PutEntry]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in entries {
        let mut json = String::new();
        flate2::read::GzDecoder::new(&entry.data[..]).read_to_string(&mut json).unwrap();
        let envelope: serde_json::Value = serde_json::from_str(&json).unwrap();
        for event in envelope["logEvents"].as_array().unwrap() {
            found.push((event["id"].as_str().unwrap().into(), event["message"].as_str().unwrap().into()));
        }
    }
    found
}

/// A folder with one followed log, an agent's rounds in a time of their own, and what the stream accepted.
struct Play {
    folder: tempfile::TempDir,
    rounds: Rounds,
    now: i64,
    accepted: Vec<(String, String)>,
    rotations: usize,
}

impl Play {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rounds = Self::start(folder.path());
        Self { folder, rounds, now: 0, accepted: Vec::new(), rotations: 0 }
    }

    fn start(folder: &Path) -> Rounds {
        let positions = PositionsFile::at(&folder.join("positions.json"));
        Rounds::new(vec![followed(&folder.join("a.log"))], positions).unwrap()
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("a.log")
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.log()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// As logrotate does it: a.log.1 to a.log.2, a.log to a.log.1.
    fn rename(&mut self) {
        let name = |n: usize| self.folder.path().join(format!("a.log.{n}"));
        for n in (1..=self.rotations).rev() {
            std::fs::rename(name(n), name(n + 1)).unwrap();
        }
        std::fs::rename(self.log(), name(1)).unwrap();
        self.rotations += 1;
    }

    fn round(&mut self, accepted: bool) {
        self.now += 300;
        let round = self.rounds.read(self.now);
        if accepted {
            self.accepted.extend(lines_of(&round.entries));
            self.rounds.keep().unwrap();
        } else {
            self.rounds.rewind();
        }
    }

    /// Until all is read, renamed files too.
    fn settle(&mut self) {
        for _ in 0..6 * (self.rotations + 2) {
            self.round(true);
        }
    }

    fn restart(&mut self) {
        self.rounds = Self::start(self.folder.path());
    }

    /// The accepted lines, each id once, in the order of their first coming.
    fn once(&self) -> Vec<String> {
        let mut seen = std::collections::BTreeMap::new();
        let mut found = Vec::new();
        for (id, line) in &self.accepted {
            match seen.insert(id, line) {
                None => found.push(line.clone()),
                Some(before) => assert_eq!(before, line, "one id for two lines"),
            }
        }
        found
    }
}

#[test]
fn rule_1_a_partial_line_waits_for_its_end() {
    let mut play = Play::new();
    play.round(true);
    play.append("one\r\ntw");
    play.round(true);
    assert_eq!(play.once(), ["one"]);
    play.restart();
    play.append("o\n");
    play.round(true);
    assert_eq!(play.once(), ["one", "two"]);
    let count = play.accepted.len();
    play.round(true);
    assert_eq!(play.accepted.len(), count, "nothing is read twice without need");
}

#[test]
fn rule_2_the_rest_of_a_renamed_file_comes_before_the_new_one() {
    let mut play = Play::new();
    play.append("one\n");
    play.round(true);
    let mut old = OpenOptions::new().append(true).open(play.log()).unwrap();
    old.write_all(b"two\n").unwrap();
    play.rename();
    play.append("four\n");
    play.round(true);
    old.write_all(b"three\nno end").unwrap();
    play.settle();
    assert_eq!(play.once(), ["one", "two", "three", "no end", "four"]);
}

#[test]
fn rule_2_and_4_files_that_were_renamed_while_nobody_followed() {
    let mut play = Play::new();
    play.append("one\n");
    play.round(true);
    for text in ["two\n", "three\n", "four\n"] {
        play.append(text);
        // Files of different times, whatever the file system's resolution is.
        let time = std::time::UNIX_EPOCH + Duration::from_secs(1_000 + play.rotations as u64);
        OpenOptions::new().append(true).open(play.log()).unwrap().set_modified(time).unwrap();
        play.rename();
    }
    play.append("five\n");
    play.restart();
    play.settle();
    assert_eq!(play.once(), ["one", "two", "three", "four", "five"]);
}

#[test]
fn rule_3_a_file_that_is_cut_or_replaced_begins_again_with_new_ids() {
    let mut play = Play::new();
    for (text, restarts) in
        [("same\n", false), ("same\n", true), ("same\nlonger\n", false), ("same\nlon", true)]
    {
        // As `copytruncate` leaves it: the same file, empty, then written again.
        std::fs::write(play.log(), "").unwrap();
        play.round(true);
        play.append(text);
        if restarts {
            play.restart();
        }
        play.round(true);
    }
    assert_eq!(play.once(), ["same", "same", "same", "longer", "same"]);
    play.rename();
    play.append("same\n");
    play.settle();
    assert_eq!(play.once()[5..], ["lon", "same"]);
    let generations = play.accepted.iter().filter(|(id, _)| id.ends_with(":0"));
    let generations: Vec<_> = generations.map(|(id, _)| id.split(':').nth(2).unwrap()).collect();
    assert_eq!(generations, ["0", "1", "2", "3", "4"]);
}

#[test]
fn rule_3_what_stood_in_a_cut_file_is_read_from_its_copy() {
    let mut play = Play::new();
    play.append("one\n");
    play.round(true);
    for (copy, restarts) in [("a.log.2", false), ("a.log.1", true)] {
        play.append("two\n");
        let path = play.folder.path().join(copy);
        let made = |path: &Path| std::fs::metadata(path).unwrap().created().unwrap();
        // Until the file system's clock has moved on: a copy is told by its age.
        while !path.exists() || made(&path) <= made(&play.log()) {
            let _ = std::fs::remove_file(&path);
            std::fs::copy(play.log(), &path).unwrap();
        }
        std::fs::write(play.log(), format!("{copy}\n")).unwrap();
        if restarts {
            play.restart();
        }
        play.settle();
    }
    assert_eq!(play.once(), ["one", "two", "a.log.2", "two", "a.log.1"]);
}

#[test]
fn rule_3_a_longer_file_of_other_content_in_the_old_ones_place() {
    let mut play = Play::new();
    play.append("head\none\n");
    play.round(true);
    std::fs::write(play.log(), "head\ntwo\nthree and more\n").unwrap();
    play.round(true);
    assert_eq!(play.once(), ["head", "one", "head", "two", "three and more"]);
}

#[test]
fn rule_5_a_round_is_bounded_and_rounds_go_on() {
    let mut play = Play::new();
    let mut noise = vec![0; 15 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let text: String =
        noise.iter().map(|b| if b % 97 == 0 { '\n' } else { char::from(b'0' + b % 64) }).collect();
    play.append(&text);
    play.append("\n");
    let first = play.rounds.read(0);
    assert!(first.bytes >= ROUND_BYTES && first.bytes < ROUND_BYTES + (2 << 20), "{}", first.bytes);
    play.rounds.rewind();
    play.settle();
    let expected: Vec<&str> = text.split('\n').collect();
    assert_eq!(play.once(), expected);
}

#[derive(Clone, Debug)]
enum Step {
    Line(bool),
    Part,
    Rename,
    CopyTruncate,
    Round(bool),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any::<bool>().prop_map(Step::Line),
        2 => Just(Step::Part),
        1 => Just(Step::Rename),
        1 => Just(Step::CopyTruncate),
        4 => any::<bool>().prop_map(Step::Round),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Every line that was there when somebody looked comes once by id and in order, whatever happens between.
    #[test]
    fn rules_1_to_4_whatever_happens(steps in steps(), headed in any::<bool>()) {
        let mut play = Play::new();
        let (mut written, mut part, mut empty, mut n) = (Vec::new(), String::new(), true, 0);
        let write = |play: &Play, text: String, ended: bool, part: &mut String, written: &mut Vec<String>, empty: &mut bool| {
            let head = if *empty && headed { "the same first line in each file\n" } else { "" };
            written.extend(head.lines().map(String::from));
            *empty = false;
            play.append(&format!("{head}{text}{}", if ended { "\n" } else { "" }));
            part.push_str(&text);
            if ended {
                written.push(std::mem::take(part));
            }
        };
        for step in steps {
            n += 1;
            match step {
                Step::Line(long) => {
                    let text = format!("line {n}{}", if long { "x".repeat(1500) } else { String::new() });
                    write(&play, text, true, &mut part, &mut written, &mut empty);
                }
                Step::Part => write(&play, format!("part {n},"), false, &mut part, &mut written, &mut empty),
                Step::Rename if !empty => {
                    // Times tell the order of files that were renamed while nobody followed.
                    let time = std::time::UNIX_EPOCH + Duration::from_secs(1_000 + n);
                    OpenOptions::new().append(true).open(play.log()).unwrap().set_modified(time).unwrap();
                    // A file that nobody ever saw is only found by what came before it.
                    if written.is_empty() || play.once().is_empty() {
                        play.round(true);
                    }
                    play.rename();
                    if !part.is_empty() {
                        written.push(std::mem::take(&mut part));
                    }
                    empty = true;
                }
                Step::CopyTruncate if !empty => {
                    // What nobody saw before the cut is lost by the nature of it.
                    play.settle();
                    part.clear();
                    std::fs::write(play.log(), "").unwrap();
                    play.round(true);
                    empty = true;
                }
                Step::Round(accepted) => play.round(accepted),
                Step::Restart => play.restart(),
                Step::Rename | Step::CopyTruncate => {}
            }
        }
        // A renamed file ends once another has its name.
        play.append("");
        play.settle();
        let short = |lines: Vec<String>| lines.iter().map(|line| line.chars().take(20).collect()).collect::<Vec<String>>();
        prop_assert_eq!(short(play.once()), short(written));
    }
}

#[derive(Default)]
struct Taking {
    entries: Mutex<Vec<PutEntry>>,
    refuse: Mutex<u32>,
}

impl PutRecordsApi for Taking {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        Box::pin(async move {
            let mut refuse = self.refuse.lock().unwrap();
            if *refuse > 0 {
                *refuse -= 1;
                return Err(PutError::Refused {
                    code: "ResourceNotFoundException".into(),
                    message: String::new(),
                });
            }
            self.entries.lock().unwrap().extend_from_slice(entries);
            let accepted = PutResult::Accepted { shard_id: "0".into(), sequence_number: "1".into() };
            Ok(vec![accepted; entries.len()])
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_agent_follows_what_is_written_and_goes_on_after_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let api = Arc::new(Taking { refuse: Mutex::new(1), ..Taking::default() });
    let writer = PutRecords::new(
        api.clone(),
        "raw",
        Arc::new(SystemClock),
        Arc::new(SystemRng),
        PutSettings::default(),
    );
    let positions = PositionsFile::at(&folder.path().join("positions.json"));
    for (text, total) in [("one\ntwo\n", 2), ("three\n", 3)] {
        let agent =
            Agent::new(vec![followed(&path)], positions.clone(), writer.clone(), Arc::new(SystemClock));
        let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
        let following = agent.unwrap().follow(move |p| told.send(p.log_events).unwrap());
        let writing = async {
            let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            tells.recv().await.unwrap()
        };
        tokio::select! {
            ended = following => panic!("{ended:?}"),
            events = writing => assert_eq!(events, text.lines().count() as u64),
        }
        assert_eq!(lines_of(&api.entries.lock().unwrap()).len(), total);
    }
}
