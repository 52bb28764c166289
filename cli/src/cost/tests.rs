//! Sums by hand, and what holds of all sums.

use super::assumptions::Assumptions;
use super::assumptions::tests::assumed;
use super::demand::{Demand, LogGroup};
use super::estimate::{Way, ways};
use super::lines::Bill;
use super::money::{Decimal, GB, Usd};
use super::prices::{FILE, PriceList, Prices};
use super::streams::Stream;
use super::{archive, functions, groups};
use proptest::prelude::*;

/// 900 GB in log events of 1,024 bytes, 1,024 in a record. With gzip 9, growth 3 and zstd 12:
///
/// - log events   900 × 2³⁰ / 1,024             = 943,718,400
/// - records      943,718,400 / 1,024           = 921,600, on both streams
/// - raw stream   900 GB / 9                    = 100 GB
/// - events' JSON 900 GB × 3                    = 2,700 GB
/// - event stream 2,700 GB / 12                 = 225 GB
fn demand(assumed: &Assumptions) -> Demand {
    let group = groups::of_argument("logs=900GB/month,1024B", assumed.shape()).unwrap();
    let demand = Demand::of(&[group]);
    assert_eq!((demand.events, demand.json_bytes), (943_718_400, 2_700 * GB));
    assert_eq!((demand.raw.records(), demand.raw.bytes()), (921_600, 100 * GB));
    assert_eq!((demand.event.records(), demand.event.bytes()), (921_600, 225 * GB));
    demand
}

fn given(options: &[&str]) -> (Assumptions, Demand, PriceList) {
    let mut all =
        vec!["--events-a-record", "1024", "--gzip-ratio", "9", "--event-growth", "3", "--zstd-ratio", "12"];
    all.extend(options);
    let assumed = assumed(&all);
    let demand = demand(&assumed);
    let mut list = PriceList::of("us-east-1").unwrap();
    fix(&mut list.prices);
    (assumed, demand, list)
}

/// Prices of the sums by hand, whatever those of the file become.
fn fix(prices: &mut Prices) {
    let kinesis = &mut prices.kinesis;
    kinesis.stream_hour.set("0.04");
    kinesis.on_demand_in.set("0.08");
    kinesis.on_demand_out.set("0.04");
    kinesis.shard_hour.set("0.015");
    kinesis.payload_units.set("0.014");
    kinesis.fan_out_hour.set("0.015");
    kinesis.fan_out.set("0.013");
    kinesis.shard_week.set("0.02");
    kinesis.long_term.set("0.023");
    prices.lambda.requests.set("0.2");
    prices.lambda.arm64.set("0.0000133334");
    prices.firehose.ingested.set("0.029");
    prices.s3.puts.set("0.005");
    prices.s3.to_infrequent_access.set("0.01");
    prices.s3.standard.set("0.023");
    prices.s3.infrequent_access.set("0.0125");
    prices.cloudwatch.standard.set("0.5");
    prices.cloudwatch.infrequent_access.set("0.25");
    prices.cloudwatch.storage.set("0.03");
    prices.cloudwatch.insights.set("0.005");
}

/// Millionths of a dollar.
fn micros(usd: &str) -> u128 {
    usd.parse::<Decimal<6>>().unwrap().0
}

#[test]
fn on_demand_streams_by_hand() {
    // A record counts as a multiple of 1,024 bytes, half of that more on average: 921,600 × 512 B = 0.439453125 GB.
    // Two readers of each, the function and Firehose, who share.
    //                     raw stream                         event stream
    // streams             730 h × 0.04            = 29.20    29.20
    // written             100.439453125 × 0.08    =  8.035156  225.439453125 × 0.08     = 18.035156
    // read                2 × 100.439453125 × 0.04 = 8.035156  2 × 225.439453125 × 0.04 = 18.035156
    //                                               45.270313                             65.270313
    let (assumed, demand, list) = given(&[]);
    let mut bill = Bill::default();
    Stream::both(&demand, &assumed)
        .iter()
        .for_each(|stream| stream.bill(&assumed, &list.prices.kinesis, &mut bill));
    assert_eq!(bill.of("raw stream").micros(), micros("45.270313"));
    assert_eq!(bill.of("event stream").micros(), micros("65.270313"));
}

#[test]
fn provisioned_streams_with_fan_out_and_long_retention_by_hand() {
    // The raw stream. Peak: 100 GB / 2,628,000 s × 12 = 0.47 MiB/s: 1 shard.
    // shards              730 h × 0.015                                                     = 10.95
    // payload units       (100 GB + 921,600 × 12,800 B) / 25,600 B = 4,655,104; × 0.014/10⁶ =  0.065171
    // fan-out, hours      730 h × 0.015                                                     = 10.95
    // fan-out, read       100 × 0.013                                                       =  1.30
    // a week              730 h × 0.02                                                      = 14.60
    // beyond it           100 GB × 24 h / 730 h = 3.287671 GB-months × 0.023                =  0.075616
    //                                                                                         37.940788
    // The event stream. Peak: 225 GB / 2,628,000 s × 12 = 1.05 MiB/s: 2 shards.
    // shards 21.90; units (225 GB + 921,600 × 12,800 B) / 25,600 B = 9,897,984 × 0.014/10⁶ = 0.138572; fan-out 21.90 and
    // 225 × 0.013 = 2.925; a week 29.20; beyond it 225 × 24 / 730 × 0.023 = 0.170137: 76.233709
    let (assumed, demand, list) = given(&[
        "--mode",
        "provisioned",
        "--peak",
        "12",
        "--enhanced-fan-out",
        "on",
        "--retention-hours",
        "192",
    ]);
    let mut bill = Bill::default();
    Stream::both(&demand, &assumed)
        .iter()
        .for_each(|stream| stream.bill(&assumed, &list.prices.kinesis, &mut bill));
    assert_eq!(bill.of("raw stream").micros(), micros("37.940788"));
    assert_eq!(bill.of("event stream").micros(), micros("76.233709"));
}

#[test]
fn a_function_by_hand() {
    // The transform: 900 × 2³⁰ B at 91 MB/s of a core = 10,619,425 ms. Batches are not full after 1 s, on 4 shards
    // 2,628,000 × 4 = 10,512,000 times: more than there are records, so an invocation each: 921,600.
    // memory × time       10,619,425 ms × 1,769 MiB + 921,600 × 100 ms × 1,024 MiB = 113,157,602,825 MiB-ms
    //                     / 1,024,000 = 110,505.4715 GB-s × 0.0000133334                    = 1.473414
    // invocations         0.9216 million × 0.2                                              = 0.184320
    let (assumed, demand, list) = given(&["--archive", "none"]);
    let transform = functions::all(&demand, &assumed)[0];
    assert_eq!((transform.invocations, transform.core_ms), (921_600, 10_619_425));
    assert_eq!(transform.mib_ms(assumed.wait_ms), 113_157_602_825);
    let mut bill = Bill::default();
    functions::bill(&[transform], &assumed, &list.prices.lambda, &mut bill);
    assert_eq!(bill.total().micros(), micros("1.657734"));
}

#[test]
fn the_archive_by_hand() {
    // Firehose counts in 5 KB, half of that more on average: 921,600 × 2,560 B = 2.197265625 GB for each stream.
    // taken in            (100 + 225 + 2 × 2.197265625) GB × 0.029                             =  9.552441
    // The raw records: 100 GB / 64 MiB + 2,628,000 s / 300 s = 10,360 objects.
    // requests            10.36 thousand × 0.005                                               =  0.0518
    // Standard            100 GB × 30 d × 24 h / 730 h = 98.630137 GB-months × 0.023           =  2.268493
    // The events: 225 GB / 64 MiB + 2,628,000 s / 300 s = 12,360 objects.
    // requests            12.36 thousand × (0.005 put + 0.01 transition)                       =  0.1854
    // Standard            225 GB × 30 d × 24 h / 730 h = 221.917808 GB-months × 0.023          =  5.104110
    // Standard-IA         225 GB × 335 d × 24 h / 730 h = 2,478.082192 GB-months × 0.0125      = 30.976027
    let (assumed, demand, list) = given(&[]);
    let mut bill = Bill::default();
    archive::bill(&demand, &assumed, &list.prices, &mut bill);
    assert_eq!(bill.of("Firehose").micros(), micros("9.552441"));
    assert_eq!(bill.of("raw records on S3").micros(), micros("2.320293"));
    assert_eq!(bill.of("events on S3").micros(), micros("36.265537"));
}

#[test]
fn cloudwatch_alone_by_hand() {
    // taken in            900 × 0.50                                                           = 450.00
    // kept                900 × 0.15 GB + 943,718,400 × 26 B = 157.8515625 GB, 30 d × 24 h / 730 h = 155.689212 × 0.03 = 4.670676
    // scanned             4 × 900 × 0.005                                                      =  18.00
    let (assumed, demand, list) = given(&[]);
    let ways = ways(&demand, &assumed, &list.prices).unwrap();
    let alone = ways.iter().find(|way| way.name == "CloudWatch Logs alone").unwrap();
    assert_eq!(alone.bill.total().micros(), micros("472.670676"));
    // Half the price of what comes in: 225 less.
    let infrequent = ways.iter().find(|way| way.name.contains("Infrequent")).unwrap();
    assert_eq!(infrequent.bill.total().micros(), micros("247.670676"));
}

#[test]
fn logs_that_do_not_come_from_cloudwatch_are_not_taken_in_there() {
    let (assumed, demand, list) = given(&["--origin", "direct"]);
    for way in ways(&demand, &assumed, &list.prices).unwrap() {
        let there = way.bill.parts().contains(&"ingestion into CloudWatch Logs");
        assert_eq!(there, way.name.starts_with("CloudWatch"), "{}", way.name);
    }
}

#[test]
fn an_instance_without_a_price_is_told_with_those_that_have_one() {
    let (assumed, demand, list) = given(&["--store", "opensearch", "--instance", "x9.large.search"]);
    let told = ways(&demand, &assumed, &list.prices).unwrap_err().to_string();
    assert!(told.contains("x9.large.search") && told.contains("r6g.large.search"), "{told}");
}

#[test]
fn firehose_counts_as_a_reader_and_makes_fan_out_worth_it_beyond_two() {
    let own = |options: &[&str]| {
        let (assumed, demand, list) = given(options);
        let ways = ways(&demand, &assumed, &list.prices).unwrap();
        ways[0]
            .bill
            .0
            .iter()
            .filter(|line| line.what.contains("fan-out"))
            .map(|line| line.part)
            .collect::<Vec<_>>()
    };
    assert!(own(&[]).is_empty());
    assert_eq!(own(&["--sink", "elasticsearch", "--sink", "loki"]), ["event stream"]);
    assert!(own(&["--sink", "elasticsearch", "--sink", "loki", "--archive", "raw"]).is_empty());
    assert_eq!(own(&["--enhanced-fan-out", "on"]), ["raw stream", "event stream"]);
}

/// Options under which, together, all prices count.
fn scenarios() -> Vec<Vec<&'static str>> {
    let instances = |store: &'static str, types: &[&'static str]| {
        types.iter().map(|t| vec!["--store", store, "--instance", t]).collect::<Vec<_>>()
    };
    let mut all = vec![
        vec!["--enhanced-fan-out", "on", "--retention-hours", "720", "--archive-days", "30,60,100,200"],
        vec!["--enhanced-fan-out", "on", "--retention-hours", "720", "--mode", "provisioned"],
        vec!["--architecture", "x86_64", "--store", "timestream", "--sink", "timestream"],
        vec!["--store", "loki-s3", "--sink", "loki", "--sink", "firehose", "--sink", "influxdb"],
    ];
    all.extend(instances(
        "influxdb",
        &["db.influx.medium", "db.influx.large", "db.influx.xlarge", "db.influx.2xlarge"],
    ));
    all.extend(instances(
        "opensearch",
        &["t3.small.search", "t3.medium.search", "m6g.large.search", "r6g.large.search"],
    ));
    all.extend(instances("opensearch", &["r6g.xlarge.search", "r6g.2xlarge.search"]));
    all
}

fn totals(list: &PriceList, assumed: &Assumptions, demand: &Demand) -> Vec<Usd> {
    let ways: Vec<Way> = ways(demand, assumed, &list.prices).unwrap();
    ways.iter().map(|way| way.bill.total()).collect()
}

#[test]
fn each_price_of_the_file_counts_in_some_bill() {
    let cases: Vec<(Assumptions, Demand)> = scenarios()
        .iter()
        .map(|options| given(options))
        .map(|(assumed, demand, _)| (assumed, demand))
        .collect();
    let of = |text: &str| {
        let list = PriceList::read(text, "eu-central-1").unwrap();
        cases.iter().map(|(assumed, demand)| totals(&list, assumed, demand)).collect::<Vec<_>>()
    };
    let before = of(FILE);
    let mark = "eu-central-1 = { usd = \"";
    let places: Vec<usize> = FILE.match_indices(mark).map(|(at, _)| at + mark.len()).collect();
    assert!(places.len() > 40);
    for at in places {
        let dearer = format!("{}9{}", &FILE[..at], &FILE[at..]);
        let price = FILE[..at].lines().rev().find(|line| line.starts_with('[')).unwrap();
        assert_ne!(of(&dearer), before, "no sum takes {price}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_is_never_cheaper(
        gb in 0u32..100_000, event_bytes in 1u32..3_000, more_gb in 0u32..50_000, more_events in 0u32..1_000_000_000,
        scenario in any::<prop::sample::Index>(), region in prop::sample::select(vec!["us-east-1", "eu-central-1"]),
    ) {
        let scenarios = scenarios();
        let assumed = assumed(&scenarios[scenario.index(scenarios.len())]);
        let list = PriceList::of(region).unwrap();
        let bytes = u128::from(gb + 1) * GB;
        let events = bytes / u128::from(event_bytes);
        let group = |bytes, events| LogGroup { name: "a".into(), bytes, events, shape: assumed.shape() };
        let of = |groups: &[LogGroup]| totals(&list, &assumed, &Demand::of(groups));
        let before = of(&[group(bytes, events)]);
        let grown = [
            of(&[group(bytes + u128::from(more_gb) * GB, events)]),
            of(&[group(bytes, events + u128::from(more_events))]),
            of(&[group(bytes, events), group(GB, 1_000)]),
        ];
        for after in grown {
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(after >= before, "{} → {}", before, after);
            }
        }
        for way in ways(&Demand::of(&[group(bytes, events)]), &assumed, &list.prices).unwrap() {
            let parts: Usd = way.bill.parts().into_iter().map(|part| way.bill.of(part)).sum();
            prop_assert_eq!(parts, way.bill.total());
        }
    }

    #[test]
    fn two_log_groups_cost_what_they_cost_in_one(gb in 1u32..1_000, factor in 1u32..8) {
        let assumed = assumed(&[]);
        let list = PriceList::of("us-east-1").unwrap();
        // A whole number of records each, so that nothing is rounded.
        let group = |gb: u128| LogGroup { name: "a".into(), bytes: gb * 1_000 * GB, events: gb * 1_000_000_000, shape: assumed.shape() };
        let apart = Demand::of(&vec![group(gb.into()); factor as usize]);
        let one = Demand::of(&[group(u128::from(gb * factor))]);
        let (apart, one) = (totals(&list, &assumed, &apart), totals(&list, &assumed, &one));
        for (apart, one) in apart.iter().zip(&one) {
            // Bytes are rounded for each log group.
            prop_assert!(apart.0.abs_diff(one.0) < Usd::ONE / 100, "{} {}", apart, one);
        }
    }
}
