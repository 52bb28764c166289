//! What a log entry of PostgreSQL is called: its severity, or which part of a report it is.
//!
//! Names are those of the manual ("Error Reporting and Logging", table "Message Severity Levels") and `elog.c`; the
//! translations are those that the server's message catalogues have for `lc_messages`.

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `LOG`, `WARNING` …: something that happened.
    Report,
    /// `ERROR`, `FATAL`, `PANIC`: something that failed.
    Failure,
    /// `STATEMENT`: what the client had sent when the report before it was made.
    Statement,
    /// `DETAIL`, `HINT`, `CONTEXT` …: more of the report before it.
    Part,
}

/// What an entry of this name is.
pub(super) fn role(word: &str) -> Option<Role> {
    Some(match word {
        "LOG" | "INFO" | "NOTICE" | "WARNING" | "DEBUG" => Role::Report,
        "DEBUG1" | "DEBUG2" | "DEBUG3" | "DEBUG4" | "DEBUG5" => Role::Report,
        "ERROR" | "FATAL" | "PANIC" => Role::Failure,
        "STATEMENT" => Role::Statement,
        "DETAIL" | "HINT" | "QUERY" | "CONTEXT" | "LOCATION" | "BACKTRACE" => Role::Part,
        _ => return translated(word),
    })
}

/// German, French, Spanish, Italian, Swedish, Russian, Japanese and Chinese.
#[cold]
fn translated(word: &str) -> Option<Role> {
    Some(match word {
        "HINWEIS"
        | "WARNUNG"
        | "ATTENTION"
        | "ADVERTENCIA"
        | "NOTIFICA"
        | "ATTENZIONE"
        | "LOGG"
        | "NOTIS"
        | "VARNING"
        | "ОТЛАДКА"
        | "СООБЩЕНИЕ"
        | "ИНФОРМАЦИЯ"
        | "ЗАМЕЧАНИЕ"
        | "ПРЕДУПРЕЖДЕНИЕ"
        | "调试"
        | "日志"
        | "信息"
        | "注意"
        | "警告" => Role::Report,
        "FEHLER" | "PANIK" | "ERREUR" | "ERRORE" | "FATALE" | "PANICO" | "FEL" | "FATALT" | "ОШИБКА"
        | "ВАЖНО" | "ПАНИКА" | "错误" | "致命错误" => Role::Failure,
        "ANWEISUNG" | "INSTRUCTION" | "SENTENCIA" | "ISTRUZIONE" | "SATS" | "ОПЕРАТОР" | "文" | "语句" => {
            Role::Statement
        }
        "TIPP"
        | "ANFRAGE"
        | "ZUSAMMENHANG"
        | "ORT"
        | "DÉTAIL"
        | "ASTUCE"
        | "REQUÊTE"
        | "CONTEXTE"
        | "EMPLACEMENT"
        | "DETALLE"
        | "SUGERENCIA"
        | "CONSULTA"
        | "CONTEXTO"
        | "UBICACIÓN"
        | "DETTAGLI"
        | "SUGGERIMENTO"
        | "CONTESTO"
        | "POSIZIONE"
        | "DETALJ"
        | "TIPS"
        | "FRÅGA"
        | "KONTEXT"
        | "PLATS"
        | "ПОДРОБНОСТИ"
        | "ПОДСКАЗКА"
        | "ЗАПРОС"
        | "КОНТЕКСТ"
        | "ПОЛОЖЕНИЕ"
        | "СТЕК"
        | "詳細"
        | "ヒント"
        | "問い合わせ"
        | "文脈"
        | "場所"
        | "详细信息"
        | "提示"
        | "查询"
        | "上下文"
        | "位置" => Role::Part,
        _ => return None,
    })
}

/// A name at the front of a text, `LOG:  …`; what follows comes without the spaces. French puts a space before the
/// colon.
pub(super) fn at_front(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take(48).position(|c| matches!(c, b':' | b' '))?;
    let (word, rest) = text.split_at(end);
    let rest = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(':')?;
    let ends = rest.is_empty() || rest.starts_with([' ', '\n']);
    (ends && role(word).is_some()).then(|| (word, rest.trim_start_matches(' ')))
}

/// How many bytes of a line are looked at for a name: prefixes are not longer.
const MOST_PREFIX: usize = 1_000;

/// Places in a line where a name stands as a word of its own, in order: the name's start.
pub(super) fn places(line: &str) -> impl Iterator<Item = usize> {
    let bytes = &line.as_bytes()[..line.len().min(MOST_PREFIX)];
    memchr::memchr_iter(b':', bytes).filter_map(move |colon| {
        let before = line[..colon].strip_suffix(' ').unwrap_or(&line[..colon]);
        let is_word = |c: char| c.is_alphabetic() || c.is_ascii_digit();
        let start = before
            .rfind(|c| !is_word(c))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        // Words are short: no more is looked at for each colon.
        (colon - start <= 48 && at_front(&line[start..]).is_some()).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_words_of_their_own() {
        assert_eq!(at_front("LOG:  a"), Some(("LOG", "a")));
        assert_eq!(at_front("ASTUCE :  a"), Some(("ASTUCE", "a")));
        assert_eq!(at_front("DEBUG1: "), Some(("DEBUG1", "")));
        for none in ["LOG", "LOG:x", "log: x", "CATALOG:  x", "", "é: x", ": x"] {
            assert_eq!(at_front(none), None, "{none}");
        }
        let line = "2020 UTC:[1]:LOG:  a ERROR:  b CATALOG:  c";
        assert_eq!(places(line).map(|at| &line[at..at + 3]).collect::<Vec<_>>(), ["LOG", "ERR"]);
        assert_eq!(role("DETAIL"), Some(Role::Part));
        assert_eq!(role("FEHLER"), Some(Role::Failure));
    }
}
