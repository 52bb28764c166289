//! Look-ups that must not grow with what they look in: `cargo bench -p catchwater-transforms --bench lookups`.
//!
//! Routes by account, log group and log stream among up to 10,000; organisations by address among up to 100,000
//! networks; classes by user agent; and what the whole stage "who asked" costs an event. Median of rounds; the sizes take
//! turns.

use catchwater_schemas::config::{Pipeline, Route, Who};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_transforms::identity::agents::{AgentCache, Agents};
use catchwater_transforms::identity::tables::{Draft, Tables};
use catchwater_transforms::identity::{Identity, Scratch};
use catchwater_transforms::route::Routes;
use catchwater_transforms::user_format::UserFormats;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

/// Look-ups of one round.
const ASKED: usize = 4096;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let quick = std::env::args().any(|a| a == "--test");
    let (rounds, most) = if quick { (1, 1_000) } else { (41, 100_000) };
    println!("| look-up | among | ns |\n|---|---|---|");
    routes(rounds, most.min(10_000));
    networks(rounds, most);
    agents(rounds);
    stage(rounds);
}

/// splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
fn mix(n: usize) -> u64 {
    let mut z = (n as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Median of the rounds, nanoseconds a call of each contender's `run(n)`.
fn measure(rounds: usize, contenders: &mut [Box<dyn FnMut(usize) + '_>]) -> Vec<f64> {
    let mut times = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (run, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (0..ASKED).for_each(&mut *run);
            // The first round only warms caches up.
            if round > 0 {
                times.push(start.elapsed().as_nanos() as f64 / ASKED as f64);
            }
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_unstable_by(f64::total_cmp);
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

fn table(what: &str, sizes: &[usize], times: &[f64]) {
    for (size, time) in sizes.iter().zip(times) {
        println!("| {what} | {size} | {time:.0} |");
    }
}

/// A third each of exact log groups, beginnings and ends, as large configurations have them.
fn routes(rounds: usize, most: usize) {
    let sizes: Vec<usize> = [10, 100, 1_000, 10_000].into_iter().filter(|n| *n <= most).collect();
    let group = |n: usize| format!("/aws/lambda/team-{}/function-{n}", n % 97);
    let all: Vec<Routes> = sizes
        .iter()
        .map(|size| {
            let routes = (0..*size).map(|n| {
                let pattern = match n % 3 {
                    0 => group(n),
                    1 => format!("{}*", group(n)),
                    _ => format!("*/function-{n}"),
                };
                Route { log_group: Some(pattern), ..Route::default() }
            });
            let routes: Vec<Route> = routes.collect();
            Routes::new(&Pipeline::default(), &routes, &[], &UserFormats::default())
                .expect("the routes are valid")
        })
        .collect();
    let groups: Vec<Vec<String>> = sizes
        .iter()
        .map(|size| (0..ASKED).map(|n| group(mix(n) as usize % (size + size / 10 + 1))).collect())
        .collect();
    let mut contenders: Vec<Box<dyn FnMut(usize) + '_>> = Vec::new();
    for (routes, groups) in all.iter().zip(&groups) {
        contenders.push(Box::new(move |n| {
            black_box(routes.find("123456789012", &groups[n], "2026/10/10/[$LATEST]0123456789abcdef"));
        }));
    }
    let times = measure(rounds, &mut contenders);
    table("route", &sizes, &times);
}

fn networks(rounds: usize, most: usize) {
    let sizes: Vec<usize> = [10, 100, 1_000, 10_000, 100_000].into_iter().filter(|n| *n <= most).collect();
    for (what, v6) in [("organisation, IPv4", false), ("organisation, IPv6", true)] {
        let address = |n: usize| match v6 {
            false => IpAddr::from(Ipv4Addr::from(mix(n) as u32)),
            // Global unicast, as it is given out.
            true => Ipv6Addr::from(1 << 125 | u128::from(mix(n) >> 8) << 64 | u128::from(n as u64)).into(),
        };
        let tables: Vec<Tables> = sizes
            .iter()
            .map(|size| {
                let mut tables = Draft::default();
                for n in 0..*size {
                    let length = if v6 { 24 + mix(n) % 33 } else { 8 + mix(n) % 25 };
                    // A network that stands there already is one less.
                    let _ = tables
                        .add_organization(&format!("{}/{length}", address(n)), &format!("o{}", n % 500));
                }
                tables.finish()
            })
            .collect();
        let asked: Vec<String> = (0..ASKED).map(|n| address(mix(n) as usize % 200_000).to_string()).collect();
        let asked = &asked;
        let mut contenders: Vec<Box<dyn FnMut(usize) + '_>> = Vec::new();
        for tables in &tables {
            contenders.push(Box::new(move |n| {
                black_box(tables.organization(&asked[n]));
            }));
        }
        let times = measure(rounds, &mut contenders);
        table(what, &sizes, &times);
    }
}

fn agent(n: usize) -> String {
    let version = 60 + n % 60;
    format!(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/{version}.0.{}.{} Safari/537.36",
        mix(n) % 5_000,
        n
    )
}

fn agents(rounds: usize) {
    let agents = Agents::new(&Who::default()).expect("nothing is added");
    // A log has some hundred user agents, most of its lines a few of them.
    let few: Vec<String> = (0..200).map(agent).collect();
    let many: Vec<String> = (0..ASKED).map(agent).collect();
    let order: Vec<usize> =
        (0..ASKED).map(|n| (mix(n) as usize % 200).min(mix(n + ASKED) as usize % 200)).collect();
    let mut cache = AgentCache::default();
    let contenders = ["class by user agent, met before", "class by user agent, new"];
    let mut runs: Vec<Box<dyn FnMut(usize) + '_>> = vec![
        Box::new(|n| {
            let agent = &few[order[n]];
            black_box(cache.class(agent, false, || agents.class(agent)));
        }),
        Box::new(|n| {
            black_box(agents.class(&many[n]));
        }),
    ];
    let times = measure(rounds, &mut runs);
    drop(runs);
    table(contenders[0], &[few.len()], &times[..1]);
    table(contenders[1], &[many.len()], &times[1..]);
}

/// What the stage costs an event beyond making its fields: with the default configuration, and with tables.
fn stage(rounds: usize) {
    let few: Vec<String> = (0..200).map(agent).collect();
    let addresses: Vec<String> = (0..ASKED).map(|n| Ipv4Addr::from(mix(n) as u32).to_string()).collect();
    let mut tables = Draft::default();
    for n in 0..10_000 {
        let _ = tables.add_organization(&format!("{}/16", Ipv4Addr::from(mix(n) as u32)), "o");
    }
    let fields = |n: usize| {
        let mut fields = Fields::new();
        fields.set(Field::SourceIp, addresses[n].as_str());
        fields.set(Field::UserAgentOriginal, few[mix(n) as usize % few.len()].as_str());
        fields
    };
    let identity = Identity::default();
    let mut plain = Scratch::default();
    let mut with_tables = Scratch::with_tables(tables.finish().into());
    let mut runs: Vec<Box<dyn FnMut(usize) + '_>> = vec![
        Box::new(|n| {
            black_box(fields(n));
        }),
        Box::new(|n| {
            let mut fields = fields(n);
            identity.complete(&mut fields, None, &mut plain);
            black_box(fields);
        }),
        Box::new(|n| {
            let mut fields = fields(n);
            identity.complete(&mut fields, None, &mut with_tables);
            black_box(fields);
        }),
    ];
    let times = measure(rounds, &mut runs);
    drop(runs);
    table("the stage, default", &[0], &[times[1] - times[0]]);
    table("the stage, tables of networks", &[10_000], &[times[2] - times[0]]);
}
