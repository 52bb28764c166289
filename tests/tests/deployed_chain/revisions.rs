//! Corrections that come out of order, through the function of Elasticsearch and OpenSearch: the higher revision stays, whatever
//! comes after it.

use crate::chain::Chain;
use crate::expected::{self, Expected, Sent};
use crate::sources::ROUTES;
use crate::store::Store;
use catchwater_tests::cloud::StreamRecord;
use std::collections::BTreeMap;

/// The log group whose events are corrected.
const GROUP: &str = "/portal/access";

/// The routes with a revision, and another service, for [`GROUP`].
fn corrected(revision: u64) -> String {
    let service = "service = \"portal\"";
    assert!(ROUTES.contains(service));
    ROUTES.replace(service, &format!("service = \"portal {revision}\"\nrevision = {revision}"))
}

/// All stores hold revision 1. Of the group's events revision 3 comes, then 2, each record in a write of its own; then in one
/// write 2, 5 and 4.
pub async fn what_comes_out_of_order(
    chain: &Chain,
    raw: &[StreamRecord],
    expected: &Expected,
    stores: &[Box<dyn Store>],
) {
    let of_group = |record: &&StreamRecord| {
        let events = expected::of(std::slice::from_ref(*record), ROUTES).events;
        events.values().any(|sent| sent.text("aws.cloudwatch.log_group") == GROUP)
    };
    let raw: Vec<&StreamRecord> = raw.iter().filter(of_group).collect();
    let revised = |revision| -> BTreeMap<String, Sent> {
        let records: Vec<StreamRecord> = raw.iter().map(|record| (*record).clone()).collect();
        expected::of(&records, &corrected(revision)).events
    };
    let count = revised(3).len() as u64;
    assert_eq!(count, 120);
    for (revisions, batch_size, highest, delivered) in
        [(&[3, 2][..], 1, 3, count), (&[2, 5, 4], 10, 5, count)]
    {
        // One partition key: one shard, in this order.
        let records: Vec<StreamRecord> = revisions
            .iter()
            .flat_map(|revision| expected::packed(&raw, &corrected(*revision)))
            .map(|(key, data)| StreamRecord {
                shard: String::new(),
                sequence_number: String::new(),
                key,
                data,
            })
            .collect();
        assert_eq!(records.len(), revisions.len());
        let own = Chain::own_stream("corrections", &records).await;
        let mut events = expected.events.clone();
        events.extend(revised(highest));
        for store in stores.iter().filter(|store| store.tells_duplicates()) {
            let name = store.consumer().name;
            let account = chain.deliver(&own, name, batch_size).await;
            assert_eq!(account.delivered, delivered, "{name}: {account:?}");
            assert_eq!(account.duplicates, count * (revisions.len() as u64 - 1), "{name}: {account:?}");
            assert!(account.dead.is_empty() && account.filtered.is_empty(), "{name}: {account:?}");
            store.check(&events, 1);
        }
    }
}
