//! How fast bodies are made, on one core, before packing.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_elasticsearch::encode::Encoder;
use catchwater_schemas::event::Event;
use std::hint::black_box;
use std::time::Instant;

const EVENTS: usize = 5_000;

fn main() {
    let json: Vec<String> = (0..EVENTS).map(json).collect();
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    let encoder = Encoder::new("catchwater");
    let bytes: usize = json.iter().map(String::len).sum();
    let (mut best, rounds) = (f64::MAX, 100);
    for _ in 0..rounds {
        let started = Instant::now();
        let mut rest = &events[..];
        while !rest.is_empty() {
            let (body, taken) = encoder.body(rest.iter(), 5 << 20);
            black_box(body);
            rest = &rest[taken..];
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    let rate = EVENTS as f64 / best;
    println!(
        "bulk bodies: {:.2} million events/s, {} bytes an event, best of {rounds}",
        rate / 1e6,
        bytes / EVENTS
    );
    assert!(rate > 500_000.0, "the target is 0.5 million events/s");
}

fn json(n: usize) -> String {
    let (hour, minute) = (n / 60 % 24, n % 60);
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36";
    format!(
        r#"{{"@timestamp":"2020-01-01T{hour:02}:{minute:02}:00.000Z","service":{{"name":"catalogue"}},"event":{{"id":"{n:032x}","kind":"event","category":"web","type":"access","outcome":"success"}},"catchwater":{{"schema":1,"revision":1,"kind":"service_query","format":"nginx_access","who":"198.51.100.7","who_source":"address","operation":"GET /item/{{id}}"}},"http":{{"request":{{"method":"GET"}},"response":{{"body":{{"bytes":5123}},"status_code":200}},"version":"1.1"}},"source":{{"address":"198.51.100.7","ip":"198.51.100.7"}},"url":{{"path":"/item/{n}","query":"format=json"}},"user_agent":{{"original":"{agent}"}},"aws":{{"cloudwatch":{{"log_group":"/nginx/access","log_stream":"web-1"}}}}}}"#
    )
}
