//! Every format against lines of others: those that ship with it, and those of the corpus that `CATCHWATER_CORPUS` names.
//! `FORMAT=name` tests one format only, `UPDATE_GOLDEN=1` writes golden events anew.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_schemas::field::Field;
use catchwater_score::corpus::{Corpus, root};
use catchwater_score::golden::golden;
use catchwater_score::score::Score;
use catchwater_score::table::{of_corpus, of_repository};
use catchwater_transforms::formats::REGISTRY;

fn formats() -> impl Iterator<Item = Corpus> {
    let only = std::env::var("FORMAT").ok();
    let names =
        REGISTRY.iter().map(|f| f.name).filter(move |name| only.as_deref().is_none_or(|only| only == *name));
    names.map(|name| Corpus::read(name).unwrap_or_else(|e| panic!("{name}: {e:#}")))
}

fn check(corpus: &Corpus, score: &Score) {
    let mut wrong = score.wrong.clone();
    wrong.extend(score.unused(corpus));
    let shown =
        wrong.iter().take(40).map(|w| w.chars().take(1500).collect()).collect::<Vec<String>>().join("\n");
    assert!(
        wrong.is_empty(),
        "{}: {} of {} values differ:\n{shown}",
        corpus.format(),
        wrong.len(),
        score.values
    );
}

#[test]
fn lines_that_ship_with_the_formats() {
    for corpus in formats() {
        let score = of_repository(&corpus).unwrap_or_else(|e| panic!("{}: {e:#}", corpus.format()));
        check(&corpus, &score);
    }
}

#[test]
fn lines_of_the_corpus() {
    let Some(root) = root() else { return };
    for corpus in formats() {
        let score = of_corpus(&corpus, &root).unwrap_or_else(|e| panic!("{}: {e:#}", corpus.format()));
        println!(
            "{}: {} of {} values agree in {} cases",
            corpus.format(),
            score.agree,
            score.values,
            score.cases
        );
        check(&corpus, &score);
    }
}

#[test]
fn golden_events() {
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    for corpus in formats() {
        let compared = golden(&corpus, update).unwrap_or_else(|e| panic!("{e:#}"));
        assert!(compared > 0, "no golden.jsonl in testdata/{}", corpus.format());
    }
}

#[test]
fn every_name_on_the_right_is_a_field() {
    assert!(
        Corpus::read("nginx_access")
            .unwrap()
            .ours("source.ip")
            .is_some_and(|f| Field::from_path(f).is_some())
    );
    assert_eq!(Corpus::read("nginx_access").unwrap().ours("no.such"), None);
}
