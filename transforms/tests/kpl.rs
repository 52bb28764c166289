//! Aggregates of the Kinesis Producer Library through the whole transform.

mod aggregates;
mod envelopes;

use aggregates::*;
use catchwater_schemas::config::{Identity, Limits, Route};
use catchwater_schemas::dead_letter::Stage;
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use catchwater_transforms::decode::kpl::Aggregate;
use catchwater_transforms::transform::Report;
use envelopes::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::HashSet;
use std::io::Write;

fn plain() -> Route {
    Route { format: Some("plain".into()), ..Route::default() }
}

fn run_plain(records: &[&[u8]]) -> (Vec<Value>, Report) {
    run(&transform(&[plain()]), records)
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_user_record_is_a_raw_record_and_a_broken_one_costs_itself() {
    let envelope = head_first(&envelope("/g", "s", &[log_event("1", 1_600_000_000_000, "in an envelope")]));
    let mut damaged = gzip(b"damaged");
    *damaged.last_mut().unwrap() ^= 1;
    let (nested, cut) = (of(&[b"inner"]), &envelope.as_bytes()[..120]);
    let packed_nested = gzip(&nested);
    let data = aggregate(&[
        ("k0", None, b"a line\nanother\n"),
        ("k1", None, &gzip(envelope.as_bytes())),
        ("k2", Some("7"), &damaged),
        ("k3", None, &zlib(b"{\"message\":\"json\"}\n{\"message\":\"more\"}")),
        ("k4", None, b""),
        ("k5", None, &nested),
        ("k6", None, &packed_nested),
        ("k7", None, cut),
        ("k8", None, b"the last \xff"),
    ]);
    let (events, report) = run_plain(&[&data]);
    let expected = [
        "a line",
        "another",
        "in an envelope",
        "{\"message\":\"json\"}",
        "{\"message\":\"more\"}",
        "the last \u{fffd}",
    ];
    assert_eq!(messages(&events), expected);
    assert_eq!(at(&events[2], "/aws/cloudwatch/log_group"), "/g");
    let lost: Vec<_> = report
        .faults
        .iter()
        .map(|f| (f.reason.as_str(), f.origin.partition_key.as_str(), f.origin.user_record, &f.bytes[..]))
        .collect();
    let expected: [(&str, &str, _, &[u8]); 4] = [
        ("unpack_damaged", "k2", Some(2), &damaged),
        ("kpl_nested", "k5", Some(5), &nested),
        ("kpl_nested", "k6", Some(6), &packed_nested),
        ("envelope_broken", "k7", Some(7), cut),
    ];
    assert_eq!(lost, expected);
    assert!(report.faults.iter().all(|f| f.stage == Stage::Decode));
    let account = &report.account;
    assert_eq!((account.records, account.taken, account.parsed), (1, 11, 6));
    assert_eq!((account.filtered["empty"], account.dead["kpl_nested"], report.not_utf8), (1, 2, 1));
}

#[test]
fn a_bad_aggregate_is_one_dead_letter_and_an_empty_one_is_filtered() {
    let whole = aggregate(&[("k", None, b"one\ntwo"), ("k", None, b"three")]);
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    let cases: [(&[u8], &str); 6] = [
        (&damaged, "kpl_checksum"),
        (&whole[..whole.len() - 1], "kpl_checksum"),
        (&whole[..4], "kpl_checksum"),
        (&sealed(b"no protobuf"), "kpl_malformed"),
        (&sealed(b"\x1a\x05\x08\x00\x1a\x01a"), "kpl_malformed"),
        (&gzip(&whole), "kpl_nested"),
    ];
    for (data, reason) in cases {
        let (events, report) = run_plain(&[data]);
        assert_eq!((events.len(), report.account.taken, report.account.dead[reason]), (0, 1, 1));
        assert_eq!((report.faults[0].reason.as_str(), &report.faults[0].bytes[..]), (reason, data));
        assert_eq!((report.faults.len(), report.faults[0].origin.user_record), (1, None));
    }
    let (events, report) = run_plain(&[&sealed(b"")]);
    assert_eq!((events.len(), report.account.taken, report.account.filtered["empty"]), (0, 1, 1));
}

#[test]
fn identity_by_position_counts_user_records_and_their_log_events() {
    let (events, _) = run_plain(&[&of(&[b"a\nb", b"a", b""]), b"a\nb"]);
    let scope = Scope { account: "", region: "", log_group: "raw", log_stream: "shardId-000000000000" };
    let scope = IdKey::new(DEFAULT_KEY).scope(&scope);
    let expected = ["1:0:0", "1:0:1", "1:1:0", "2:0", "2:1"]
        .map(|place| scope.id(&format!("shardId-000000000000:{place}"), 0).to_string());
    assert_eq!(ids(&events), expected);
}

#[test]
fn identity_by_content_merges_what_a_producer_puts_again_in_other_aggregates() {
    let transform = transform(&[Route { identity: Identity::Content, ..plain() }]);
    let once = run(&transform, &[&of(&[b"a", b"b\na", b"a"]), &of(&[b"c"])]).0;
    let first: HashSet<&str> = ids(&once).into_iter().collect();
    assert_eq!(first.len(), 5, "real repeats within an aggregate stay");
    let again = run(&transform, &[&of(&[b"c", b"a"]), b"b\na", &of(&[b"a"])]).0;
    assert!(ids(&again).into_iter().all(|id| first.contains(id)));
}

#[test]
fn what_cannot_pass_of_equal_user_records_is_as_many_dead_letters() {
    let broken = envelope("/g", "s", &[serde_json::json!({"id": "1"})]).to_string();
    let data = of(&[broken.as_bytes(), broken.as_bytes(), b"\x1f\x8bx", b"\x1f\x8bx"]);
    let letters = || -> Vec<String> {
        let (_, report) = run_plain(&[&data]);
        assert_eq!((report.account.dead["no_message"], report.account.dead["unpack_damaged"]), (2, 2));
        report.faults.into_iter().map(|fault| fault.into_letter(0, 0, 1).id).collect()
    };
    assert_eq!(letters().iter().collect::<HashSet<_>>().len(), 4);
    assert_eq!(letters(), letters());
}

#[test]
fn the_limit_is_for_all_user_records_together() {
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let transform = with_formats(&[plain()], limits, catchwater_transforms::formats::REGISTRY);
    let (bomb, half) = (gzip(&vec![b'a'; 2 << 20]), gzip(&[&[b' '; 600_000][..], b"half"].concat()));
    let (events, report) = run(&transform, &[&of(&[b"first", &bomb, &half, &half, b"last"])]);
    assert_eq!(
        messages(&events).iter().map(|m| m.trim_start()).collect::<Vec<_>>(),
        ["first", "half", "last"]
    );
    assert_eq!((report.account.taken, report.account.dead["unpacked_too_large"]), (5, 2));
    let (_, report) = run(&transform, &[&of(&[&bomb[..]; 200])]);
    assert_eq!(report.account.dead["unpacked_too_large"], 200);
    assert!(report.faults[199].detail.starts_with("not unpacked"), "{}", report.faults[199].detail);
}

fn any_users() -> impl Strategy<Value = Vec<(String, Option<String>, Vec<u8>)>> {
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[a-z\n{}\"]{0,40}".prop_map(String::into_bytes),
        "[a-z ]{0,200}".prop_map(|text| gzip(text.as_bytes())),
    ];
    prop::collection::vec(("[a-c]{0,2}", prop::option::of("[0-9]{1,39}"), data), 0..12)
}

fn borrowed(users: &[(String, Option<String>, Vec<u8>)]) -> Vec<User<'_>> {
    users.iter().map(|(key, hash, data)| (key.as_str(), hash.as_deref(), data.as_slice())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn comes_back_record_by_record(users in any_users()) {
        let data = aggregate(&borrowed(&users));
        let read = Aggregate::read(&data).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let back: Vec<_> = read
            .user_records()
            .map(|u| (text(u.partition_key), u.explicit_hash_key.map(text), u.data.to_vec()))
            .collect();
        prop_assert_eq!(&back, &users);

        // Alone on the stream, each gives the same.
        let (events, report) = run_plain(&[&data]);
        let alone: Vec<&[u8]> = users.iter().map(|u| u.2.as_slice()).collect();
        let (each, sum) = run_plain(&alone);
        prop_assert_eq!(messages(&events), messages(&each));
        prop_assert_eq!(report.account.taken, sum.account.taken.max(1));
        prop_assert_eq!(report.account.dead, sum.account.dead);
        prop_assert_eq!(ids(&events).into_iter().collect::<HashSet<_>>().len(), events.len());
    }

    #[test]
    fn any_flipped_byte_is_one_dead_letter(users in any_users(), place in any::<prop::sample::Index>(), bits in 1u8..) {
        let mut data = aggregate(&borrowed(&users));
        let place = 4 + place.index(data.len() - 4);
        data[place] ^= bits;
        let (events, report) = run_plain(&[&data]);
        prop_assert!(events.is_empty());
        prop_assert_eq!((report.account.taken, report.account.dead["kpl_checksum"]), (1, 1));
        prop_assert_eq!(&report.faults[0].bytes, &data);
    }

    #[test]
    fn any_bytes_behind_the_magic_number_balance(
        message in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..120),
            // More likely protobuf: keys of the three fields, small lengths and indices.
            prop::collection::vec(prop::sample::select(b"\x08\x0a\x10\x12\x1a\x22\x00\x01\x02\x03\x05a\n".to_vec()), 0..60),
        ],
        is_sealed in any::<bool>(),
    ) {
        let data = if is_sealed { sealed(&message) } else { [b"\xF3\x89\x9A\xC2".as_slice(), &message].concat() };
        let (events, report) = run_plain(&[&data]);
        prop_assert!(report.account.taken > 0);
        prop_assert!(is_sealed || events.is_empty() && report.account.dead["kpl_checksum"] == 1);
        prop_assert_eq!((events, report.faults), { let (events, report) = run_plain(&[&data]); (events, report.faults) });
    }
}
