//! The layout of `asctime`, `datefmt` of `logging.Formatter`: letters of `strftime`
//! (<https://docs.python.org/3/library/time.html#time.strftime>).

use crate::scan::layout::date::{Date, Piece};

/// Compiles the letters; the error names one that cannot be read.
pub(super) fn compile(format: &str) -> Result<Date, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        let found = match c {
            '%' => letters(chars.next().unwrap_or(' '))
                .ok_or_else(|| format!("`{format}` is no time that can be read"))?,
            other => {
                literal(other, &mut pieces);
                continue;
            }
        };
        for part in found.chars() {
            match pieces.last_mut() {
                Some(Piece::Letter(letter, count)) if *letter == part => *count += 1,
                _ if part.is_ascii_alphabetic() => pieces.push(Piece::Letter(part, 1)),
                _ => literal(part, &mut pieces),
            }
        }
    }
    Ok(Date::Letters(pieces, None))
}

fn literal(c: char, pieces: &mut Vec<Piece>) {
    match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(c),
        _ => pieces.push(Piece::Literal(c.to_string())),
    }
}

/// The letters of Java's `SimpleDateFormat` for one of `strftime`.
fn letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Y' => "yyyy",
        'y' => "yy",
        'm' => "MM",
        'd' | 'e' => "dd",
        'H' => "HH",
        'I' => "hh",
        'M' => "mm",
        'S' => "ss",
        'f' => "SSSSSS",
        'p' => "a",
        'b' | 'B' | 'h' => "MMM",
        'a' | 'A' => "EEE",
        'z' | 'Z' => "Z",
        'F' => "yyyy-MM-dd",
        'T' | 'X' => "HH:mm:ss",
        'R' => "HH:mm",
        'D' | 'x' => "MM/dd/yy",
        'c' => "EEE MMM dd HH:mm:ss yyyy",
        '%' => "%",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::log_time::Context;
    use catchwater_schemas::time::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn letters_are_read_back() {
        let context = Context { zone_seconds: 0, near: Timestamp::from_seconds(1_600_000_000).unwrap() };
        for (format, text, time) in [
            ("%Y-%m-%dT%H:%M:%S%z", "2024-05-06T07:08:09+0200", "2024-05-06T05:08:09.000Z"),
            ("%d/%b/%Y %H:%M:%S", "06/May/2024 07:08:09", "2024-05-06T07:08:09.000Z"),
            ("%m-%d %H:%M", "05-06 07:08", "2020-05-06T07:08:00.000Z"),
            ("%y%m%d%H%M%S", "240506070809", "2024-05-06T07:08:09.000Z"),
            ("%I:%M:%S %p", "07:08:09 PM", "2020-09-13T19:08:09.000Z"),
            ("%H:%M:%S.%f", "07:08:09.123456", "2020-09-13T07:08:09.123456Z"),
            ("%c", "Mon May  6 07:08:09 2024", "2024-05-06T07:08:09.000Z"),
        ] {
            let read = compile(format).unwrap().read(text, context).unwrap_or_else(|| panic!("{format}"));
            assert_eq!((read.0.to_string().as_str(), read.1), (time, ""), "{format}");
        }
        assert!(compile("%Q").is_err() && compile("%").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(format in "[%YymdHIMSfpbazFTc é:]{0,16}", text in "[0-9A-Za-z :/é-]{0,30}") {
            if let Ok(date) = compile(&format) {
                let _ = date.read(&text, Context { zone_seconds: 0, near: Timestamp::default() });
            }
        }
    }
}
