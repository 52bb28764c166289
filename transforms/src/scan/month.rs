//! Names of months: English, short or whole, and those of the languages whose locale servers are often run with
//! (glibc's `abmon` and `mon` of German, French, Spanish, Italian, Portuguese and Dutch).

/// Number of the month of this name, 1 to 12, compared without case; a full stop at its end is passed over.
pub fn number(name: &str) -> Option<u8> {
    if let Some(english) = short_english(name.as_bytes()) {
        return Some(english);
    }
    let lower = name.trim_end_matches('.').to_lowercase();
    let found = NAMES.iter().find(|(_, names)| names.contains(&lower.as_str()));
    found.map(|(month, _)| *month)
}

/// Number of `Jan` … `Dec` as C's `strftime("%b")` writes them.
pub fn short_english(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

const NAMES: [(u8, &[&str]); 12] = [
    (
        1,
        &[
            "jan", "january", "januar", "jän", "jänner", "janv", "janvier", "ene", "enero", "gen", "gennaio",
            "janeiro", "januari",
        ],
    ),
    (
        2,
        &[
            "feb",
            "february",
            "februar",
            "févr",
            "fév",
            "février",
            "febrero",
            "febbraio",
            "fev",
            "fevereiro",
            "februari",
        ],
    ),
    (3, &["mar", "march", "mär", "märz", "mrz", "mars", "marzo", "março", "mrt", "maart"]),
    (4, &["apr", "april", "avr", "avril", "abr", "abril", "aprile"]),
    (5, &["may", "mai", "mayo", "mag", "maggio", "maio", "mei"]),
    (6, &["jun", "june", "juni", "juin", "junio", "giu", "giugno", "junho"]),
    (7, &["jul", "july", "juli", "juil", "juillet", "julio", "lug", "luglio", "julho"]),
    (8, &["aug", "august", "août", "aoû", "ago", "agosto", "augustus"]),
    (9, &["sep", "sept", "september", "septembre", "septiembre", "set", "settembre", "setembro"]),
    (10, &["oct", "october", "okt", "oktober", "octobre", "octubre", "ott", "ottobre", "out", "outubro"]),
    (11, &["nov", "november", "novembre", "noviembre", "novembro"]),
    (
        12,
        &[
            "dec",
            "december",
            "dez",
            "dezember",
            "déc",
            "décembre",
            "dic",
            "diciembre",
            "dicembre",
            "dezembro",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_of_one_month() {
        let mut seen = std::collections::HashSet::new();
        for (month, names) in NAMES {
            for name in names {
                assert!(seen.insert(*name), "{name} stands twice");
                assert_eq!(number(name), Some(month), "{name}");
            }
        }
        assert_eq!(
            (number("août"), number("Mär."), number("DEC"), number("May")),
            (Some(8), Some(3), Some(12), Some(5))
        );
        assert_eq!((number(""), number("Foo"), short_english(b"dec")), (None, None, None));
    }
}
