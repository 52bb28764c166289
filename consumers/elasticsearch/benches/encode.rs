//! How fast bodies are made, packed, and answers to them read, on one core.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_elasticsearch::encode::Encoder;
use catchwater_consumer_elasticsearch::reply::outcomes;
use catchwater_schemas::event::Event;
use catchwater_schemas::id::EventId;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

const EVENTS: usize = 5_000;

fn main() {
    let json: Vec<String> = (0..EVENTS).map(json).collect();
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    let encoder = Encoder::new("catchwater");
    let bytes: usize = json.iter().map(String::len).sum();
    println!("{EVENTS} events of {} bytes", bytes / EVENTS);
    let made = || {
        let refused = events.iter().filter(|event| encoder.refusal(event, 5 << 20).is_some()).count();
        assert_eq!(refused, 0);
        let (mut rest, mut bodies) = (&events[..], Vec::new());
        while !rest.is_empty() {
            let (body, taken) = encoder.body(rest.iter(), 5 << 20);
            bodies.push(body);
            rest = &rest[taken..];
        }
        bodies
    };
    let rate = measure("bulk bodies", made);
    assert!(rate > 500_000.0, "the target is 0.5 million events/s");
    let bodies = made();
    let packed = || {
        let pack = |body: &Vec<u8>| {
            let mut packer = GzEncoder::new(Vec::new(), Compression::new(1));
            packer.write_all(body).unwrap();
            packer.finish().unwrap()
        };
        bodies.iter().map(pack).collect::<Vec<_>>()
    };
    measure("gzip 1 of them", packed);
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    let items: Vec<String> =
        ids.iter().map(|id| format!(r#"{{"index":{{"_id":"{id}","status":201}}}}"#)).collect();
    let reply = format!(r#"{{"errors":false,"items":[{}]}}"#, items.join(","));
    measure("the reply read", || outcomes(reply.as_bytes(), &ids));
}

/// Events a second, by the best of many rounds.
fn measure<T>(what: &str, mut round: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..100 {
        let started = Instant::now();
        black_box(round());
        best = best.min(started.elapsed().as_secs_f64());
    }
    let rate = EVENTS as f64 / best;
    println!("{what}: {:.2} million events/s", rate / 1e6);
    rate
}

fn json(n: usize) -> String {
    let (hour, minute) = (n / 60 % 24, n % 60);
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36";
    format!(
        r#"{{"@timestamp":"2020-01-01T{hour:02}:{minute:02}:00.000Z","service":{{"name":"catalogue"}},"event":{{"id":"{n:032x}","kind":"event","category":"web","type":"access","outcome":"success"}},"catchwater":{{"schema":1,"revision":1,"kind":"service_query","format":"nginx_access","who":"198.51.100.7","who_source":"address","operation":"GET /item/{{id}}"}},"http":{{"request":{{"method":"GET"}},"response":{{"body":{{"bytes":5123}},"status_code":200}},"version":"1.1"}},"source":{{"address":"198.51.100.7","ip":"198.51.100.7"}},"url":{{"path":"/item/{n}","query":"format=json"}},"user_agent":{{"original":"{agent}"}},"aws":{{"cloudwatch":{{"log_group":"/nginx/access","log_stream":"web-1"}}}}}}"#
    )
}
