//! Everything before the formats: unpacking, and finding each message.

use catchwater_transforms::decode::inflate::Inflater;
use catchwater_transforms::decode::{self, Found, Part, Take};

/// Walks envelopes and makes no events.
#[derive(Default)]
pub struct Walk {
    inflater: Inflater,
    scratch: Vec<u8>,
}

struct Count(usize);

impl Take for Count {
    fn part(&mut self, _: &Part<'_>) {}

    fn log_event(&mut self, found: Found<'_>) {
        self.0 += found.message.len();
    }

    fn bad_log_event(&mut self, _: &str) {}

    fn end(&mut self) {}
}

impl Walk {
    /// Bytes of all messages.
    pub fn run(&mut self, data: &[u8]) -> usize {
        let limit = 64 << 20;
        let bytes = decode::unpack(data, limit, &mut self.inflater).expect("the input is gzip");
        let text = decode::lines::text(bytes, limit).expect("the input is text");
        let mut count = Count(0);
        let walked = decode::walk(&text, 1 << 20, &mut self.scratch, &mut count);
        walked.expect("the input is an envelope");
        count.0
    }
}
