//! How fast a sink's encoder is: the events and the frame of the benchmarks of those that make something of an event's values.
//! Median of the rounds, on one core, without network and gzip, beside the reading that comes before. `BENCH_ROUNDS` (41)
//! changes their number.

use catchwater_schemas::event::Event;
use std::hint::black_box;
use std::time::Instant;

const EVENTS: usize = 5_000;

/// Measures and prints. `encode` makes all events into `what` and gives the bytes of that, 0 where it has none of its own.
pub fn measure(what: &str, mut encode: impl FnMut(&[Event<'_>]) -> usize) {
    let rounds = std::env::var("BENCH_ROUNDS").map_or(41, |text| text.parse().expect("a number of rounds"));
    let lines: Vec<String> = (0..EVENTS).map(line).collect();
    let events: Vec<Event<'_>> = lines.iter().map(|json| Event::read(json).expect("an event")).collect();
    let (mut reading, mut writing, mut made) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let before = Instant::now();
        for line in &lines {
            black_box(Event::read(line).expect("an event"));
        }
        reading.push(before.elapsed().as_secs_f64());
        let before = Instant::now();
        made = black_box(encode(&events));
        writing.push(before.elapsed().as_secs_f64());
    }
    if made > 0 {
        let bytes = lines.iter().map(String::len).sum::<usize>() / EVENTS;
        println!("{bytes} bytes of JSON -> {} bytes of {what}", made / EVENTS);
    }
    let (reading, writing) = (rate(reading), rate(writing));
    println!("read and checked (serde_json): {reading:.2} million events/s");
    println!("written as {what}: {writing:.2} million events/s, {:.2} of reading", writing / reading);
}

/// Million events a second, by the median of the rounds' seconds.
fn rate(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    EVENTS as f64 / seconds[seconds.len() / 2] / 1e6
}

/// An event of an access log.
fn line(n: usize) -> String {
    let who = format!("198.51.{}.{}", n * 31 % 40, n * 17 % 250);
    format!(
        r#"{{"@timestamp":"2026-11-01T10:{minute:02}:07.000Z","service":{{"name":"service-{service}"}},"event":{{"id":"{id:032x}","kind":"event","category":"web","type":"access","outcome":"success"}},"catchwater":{{"schema":1,"revision":1,"kind":"service_query","format":"nginx_access","who":"{who}","who_source":"address","who_class":"bot","operation":"GET /item/{{id}}"}},"cloud":{{"account":{{"id":"111122223333"}},"provider":"aws","region":"eu-central-1"}},"http":{{"request":{{"method":"GET","referrer":"https://www.example.org/cat?q={n}"}},"response":{{"body":{{"bytes":{n}}},"status_code":200}},"version":"1.1"}},"source":{{"address":"{who}","ip":"{who}"}},"url":{{"path":"/item/{n}","query":"view=full"}},"user_agent":{{"original":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}},"aws":{{"cloudwatch":{{"log_group":"/nginx/access","log_stream":"web-{service}"}}}}}}"#,
        minute = n % 60,
        service = n % 12,
        id = (n as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
    )
}
