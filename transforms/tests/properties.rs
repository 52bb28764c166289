//! What must hold for any raw record.

mod envelopes;

use catchwater_schemas::record::{Packer, Packing, unpack};
use catchwater_transforms::transform::{Packed, Report, Scratch};
use envelopes::*;
use proptest::prelude::*;
use serde_json::Value;

const LINES: [&str; 6] = [
    "plain text with \"quotes\", \\ and ä\n",
    r#"192.0.2.1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a?token=x HTTP/1.0" 200 2326 "-" "agent""#,
    r#"{"level":"info","message":"json","n":[1,2]}"#,
    "Copying k/a.tif to store",
    "",
    "\u{1}\t\r\n",
];

fn any_log_events() -> impl Strategy<Value = Vec<Value>> {
    let one = (0u32..1_000_000, 0usize..LINES.len(), "\\PC{0,12}");
    prop::collection::vec(one, 0..12).prop_map(|events| {
        let events = events.into_iter().enumerate();
        events
            .map(|(n, (id, line, extra))| {
                log_event(
                    &format!("{n}-{id}"),
                    1_600_000_000_000 + i64::from(id),
                    &format!("{}{extra}", LINES[line]),
                )
            })
            .collect()
    })
}

fn any_envelopes() -> impl Strategy<Value = Vec<Value>> {
    let one =
        (prop::sample::select(vec!["/web", "/db"]), prop::sample::select(vec!["s1", "s2"]), any_log_events());
    prop::collection::vec(one, 1..4).prop_map(|parts| {
        // Ids are unique over all envelopes, as CloudWatch's are.
        let numbered = parts.into_iter().enumerate();
        numbered
            .map(|(n, (group, stream, mut events))| {
                events.iter_mut().for_each(|e| e["id"] = format!("{n}:{}", at(e, "/id")).into());
                envelope(group, stream, &events)
            })
            .collect()
    })
}

fn sorted(events: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = events.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_events_in_any_batching_packing_and_order_of_members(envelopes in any_envelopes()) {
        let transform = transform(&[]);
        let texts: Vec<String> = envelopes.iter().map(head_first).collect();
        let each: Vec<&[u8]> = texts.iter().map(|t| t.as_bytes()).collect();
        let (events, report) = run(&transform, &each);
        let expected: usize = envelopes.iter().map(|e| e["logEvents"].as_array().unwrap().len().max(1)).sum();
        prop_assert_eq!(report.account.taken, expected as u64);
        prop_assert!(report.faults.is_empty());

        let members: Vec<u8> = each.iter().flat_map(|t| gzip(t)).collect();
        let member_order: String = envelopes.iter().map(|e| format!("{e}\n")).collect();
        let one_by_one: Vec<Vec<u8>> = envelopes.iter().flat_map(|e| {
            let events = e["logEvents"].as_array().unwrap().iter();
            events.map(|event| {
                let mut one = e.clone();
                one["logEvents"] = Value::Array(vec![event.clone()]);
                gzip(head_first(&one).as_bytes())
            })
        }).collect();
        let one_by_one: Vec<&[u8]> = one_by_one.iter().map(Vec::as_slice).collect();
        for batch in [vec![texts.concat().as_bytes()], vec![&members[..]], vec![member_order.as_bytes()], one_by_one] {
            let (again, _) = run(&transform, &batch);
            prop_assert_eq!(sorted(&again), sorted(&events));
        }
    }

    #[test]
    fn any_bytes_balance_and_come_out_the_same_twice(
        text in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            "(\\{|\\}|\\[|\\]|\"|:|,|logEvents|messageType|logGroup|message|id|1|null|\\\\n|\n| |\\PC){0,60}".prop_map(String::into_bytes),
        ],
        packed in any::<bool>(),
    ) {
        let data = if packed { gzip(&text) } else { text };
        let transform = transform(&[]);
        let (events, report) = run(&transform, &[&data]);
        let (again, _) = run(&transform, &[&data]);
        prop_assert_eq!(&events, &again);
        prop_assert!(events.len() as u64 + report.account.dead.len() as u64 <= report.account.taken + 1);
    }

    #[test]
    fn a_damaged_envelope_loses_nothing_unseen(envelopes in any_envelopes(), place in any::<prop::sample::Index>(), byte in any::<u8>(), packed in any::<bool>()) {
        let mut data: Vec<u8> = envelopes.iter().map(head_first).collect::<String>().into_bytes();
        if packed {
            data = gzip(&data);
        }
        let place = place.index(data.len());
        data[place] = byte;
        let (_, report) = run(&transform(&[]), &[&data]);
        prop_assert!(report.account.taken > 0);
        prop_assert!(report.faults.iter().all(|f| !f.bytes.is_empty() && !f.reason.is_empty()));
    }

    #[test]
    fn packed_and_as_lines_are_the_same(envelopes in any_envelopes()) {
        let transform = transform(&[]);
        let texts: Vec<String> = envelopes.iter().map(head_first).collect();
        let (events, _) = run(&transform, &texts.iter().map(|t| t.as_bytes()).collect::<Vec<_>>());
        let (mut packer, mut scratch, mut report) = (Packer::new(Packing::Zstd), Scratch::new(), Report::default());
        for (n, text) in texts.iter().enumerate() {
            let mut out = Packed { packer: &mut packer, origin: n as u32 };
            transform.record(&raw(text.as_bytes(), &(n + 1).to_string()), &mut scratch, &mut out, &mut report);
        }
        let records = packer.finish();
        let unpacked = records.iter().flat_map(|r| unpack(&r.data).unwrap().lines().map(String::from).collect::<Vec<_>>());
        let packed: Vec<Value> = unpacked.map(|line| serde_json::from_str(&line).unwrap()).collect();
        prop_assert_eq!(sorted(&packed), sorted(&events));
    }
}
