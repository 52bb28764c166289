use super::*;
use crate::memory_positions::MemoryPositions;
use catchwater_schemas::account::Account;
use proptest::prelude::*;

fn at(after: u64) -> Position {
    Position { after: Some(SequenceNumber(after.to_string())), ended: false }
}

fn counted(records: u64) -> Account {
    let mut account = Account { records, taken: records, delivered: records - 1, ..Account::default() };
    Account::count(&mut account.dead, "record_age_exceeded");
    account
}

#[tokio::test]
async fn positions_and_accounts_survive_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("positions.db");
    let positions = SqlitePositions::open(&path).unwrap();
    assert_eq!(positions.get("m", "raw", "s").await.unwrap(), Position::default());
    positions.commit("m", "raw", "s", &at(9), &counted(3)).await.unwrap();
    positions.commit("m", "raw", "s", &at(10), &counted(4)).await.unwrap();
    positions.commit("other", "raw", "s", &at(5), &counted(1)).await.unwrap();
    positions
        .commit("m", "raw", "empty", &Position { after: None, ended: true }, &Account::default())
        .await
        .unwrap();
    drop(positions);
    let positions = SqlitePositions::open(&path).unwrap();
    assert_eq!(positions.get("m", "raw", "s").await.unwrap(), at(10));
    let all = positions.all().await.unwrap();
    let names: Vec<_> =
        all.iter().map(|k| (k.mapping.as_str(), k.shard.as_str(), k.position.ended)).collect();
    assert_eq!(names, [("m", "empty", true), ("m", "s", false), ("other", "s", false)]);
    let mut sum = counted(3);
    sum.add(&counted(4));
    assert_eq!((&all[0].account, &all[1].account), (&Account::default(), &sum));
}

#[tokio::test]
async fn a_commit_backwards_is_refused_alone_and_one_made_again_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let positions = SqlitePositions::open(&folder.path().join("positions.db")).unwrap();
    positions.commit("m", "raw", "s", &at(100), &counted(3)).await.unwrap();
    let (back, place, account) = (at(99), at(101), counted(2));
    // Made at the same time, so that they share a transaction.
    let (refused, done, again) = tokio::join!(
        positions.commit("m", "raw", "s", &back, &account),
        positions.commit("m", "raw", "s", &place, &account),
        positions.commit("m", "raw", "s", &place, &account),
    );
    let message = refused.unwrap_err().to_string();
    assert!(message.ends_with("positions.db: 100 would move back to 99"), "{message}");
    done.unwrap();
    again.unwrap();
    let all = positions.all().await.unwrap();
    assert_eq!((all[0].position.clone(), all[0].account.records), (at(101), 5));
}

#[tokio::test]
async fn a_commit_that_the_database_refuses_keeps_neither_position_nor_account() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("positions.db");
    let positions = SqlitePositions::open(&path).unwrap();
    positions.commit("m", "raw", "s", &at(1), &counted(1)).await.unwrap();
    // The account is written first: the fault comes between the two.
    let other = Connection::open(&path).unwrap();
    let trigger =
        "CREATE TRIGGER fault BEFORE INSERT ON positions BEGIN SELECT RAISE(ABORT, 'scripted'); END;";
    other.execute_batch(trigger).unwrap();
    let down = positions.commit("m", "raw", "s", &at(2), &counted(1)).await.unwrap_err();
    assert_eq!(down.cause, "scripted");
    other.execute_batch("DROP TRIGGER fault;").unwrap();
    let all = positions.all().await.unwrap();
    assert_eq!((all[0].position.clone(), all[0].account.records), (at(1), 1));
    positions.commit("m", "raw", "s", &at(2), &counted(1)).await.unwrap();
    assert_eq!(positions.all().await.unwrap()[0].account.records, 2);
}

#[tokio::test]
async fn a_file_of_a_newer_layout_or_of_something_else_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("positions.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 2;").unwrap();
    let down = SqlitePositions::open(&path).unwrap_err();
    assert!(
        down.to_string().contains("written by a newer catchwater (layout 2, this one knows 1)"),
        "{down}"
    );
    let text = folder.path().join("text");
    std::fs::write(&text, "this is no database, and long enough to be looked at as one".repeat(40)).unwrap();
    assert!(SqlitePositions::open(&text).unwrap_err().to_string().contains("not a database"));
    assert!(SqlitePositions::open(&folder.path().join("no/folder/here")).is_err());
}

#[tokio::test]
async fn many_mappings_commit_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let positions = SqlitePositions::open(&folder.path().join("positions.db")).unwrap();
    let mappings: Vec<String> = (0..40).map(|n| format!("mapping-{n}")).collect();
    for step in 1..=5 {
        let (place, account) = (at(step), counted(2));
        let commits = mappings.iter().map(|m| positions.commit(m, "events", "s", &place, &account));
        for done in futures::future::join_all(commits).await {
            done.unwrap();
        }
    }
    let all = positions.all().await.unwrap();
    assert!(all.len() == 40 && all.iter().all(|k| k.position == at(5) && k.account.records == 10));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]
    /// On disk and in memory the same calls are refused and the same is kept, across reopening.
    #[test]
    fn disk_and_memory_keep_the_same(
        commits in prop::collection::vec((0u8..2, 0u8..3, prop::option::of(0u64..30), any::<bool>(), 1u64..9, 0u8..8), 1..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions.db");
        let memory = MemoryPositions::default();
        let mut disk = SqlitePositions::open(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (mapping, shard, after, ended, count, reopen) in commits {
            let (mapping, shard) = (format!("m{mapping}"), format!("s{shard}"));
            let after = after.map(|n| SequenceNumber((95 + n).to_string()));
            let (position, account) = (Position { after, ended }, counted(count));
            let on_disk = runtime.block_on(disk.commit(&mapping, "x", &shard, &position, &account));
            let in_memory = runtime.block_on(memory.commit(&mapping, "x", &shard, &position, &account));
            prop_assert_eq!(on_disk.map_err(|e| e.cause), in_memory.map_err(|e| e.cause));
            let kept = (runtime.block_on(disk.get(&mapping, "x", &shard)), runtime.block_on(memory.get(&mapping, "x", &shard)));
            prop_assert_eq!(kept.0.unwrap(), kept.1.unwrap());
            if reopen == 0 {
                drop(disk);
                disk = SqlitePositions::open(&path).unwrap();
            }
        }
        prop_assert_eq!(runtime.block_on(disk.all()).unwrap(), runtime.block_on(memory.all()).unwrap());
    }
}
