//! Lines for benchmarks.

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "python-requests/2.32.3",
];

/// So many combined access lines as a library's catalogue writes them, each with its end; the same on every machine.
pub fn access_lines(count: u64) -> impl Iterator<Item = String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count).map(move |n| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let second = n / 500;
        format!(
            "198.18.{}.{} - {} [{:02}/Oct/2023:{:02}:{:02}:{:02} +0000] \"GET /catalog/{}?q=maps+of+{}&page={} HTTP/1.1\" {} {} \"https://library.example/search?q={}\" \"{}\"\n",
            state % 20,
            state >> 8 & 255,
            if state >> 16 & 7 == 0 { "frank" } else { "-" },
            10 + second / 86_400 % 20,
            second / 3600 % 24,
            second / 60 % 60,
            second % 60,
            state >> 20 & 0xffff,
            state >> 24 & 0xfff,
            state >> 30 & 7,
            if state >> 33 & 15 == 0 { 404 } else { 200 },
            state >> 36 & 0xffff,
            state >> 40 & 0xfff,
            AGENTS[(state >> 52 & 3) as usize],
        )
    })
}
