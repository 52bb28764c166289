//! Bare JSON objects: one a line, one over many lines, or one right after the other.

/// May an object that ends before this rest be a log event? Not where other text follows it on its line: then it is
/// the beginning of a line like any other.
pub fn stands_alone(rest: &str) -> bool {
    let of_line = rest.trim_start_matches([' ', '\t']);
    of_line.is_empty() || of_line.starts_with(['{', '\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_line_break_or_the_next_object() {
        for (rest, expected) in [
            ("", true),
            (" \n", true),
            ("\r\nx", true),
            ("{\"a\":1}", true),
            (" and so on", false),
            (",{}", false),
        ] {
            assert_eq!(stands_alone(rest), expected, "{rest:?}");
        }
    }
}
