//! The normal form of SQL, the same for statements that differ only in their values. As `pg_stat_statements`
//! (<https://www.postgresql.org/docs/18/pgstatstatements.html>) and `pt-fingerprint`
//! (<https://docs.percona.com/percona-toolkit/pt-fingerprint.html>) have it, where they agree; where not:
//!
//! - every literal and parameter is `?`, not `$n`: a prepared statement and the same one with its values are one;
//! - a list of values behind `IN`, `ARRAY` and `VALUES` is `(?+)`, also one of a single value (`pt-fingerprint`); rows
//!   behind `VALUES` that are alike are one row, whatever functions they call;
//! - words outside quotation marks are in small letters, as PostgreSQL folds names; quoted names stay as they are;
//! - white space is set anew by one rule, `!=` is `<>`, `ASC` and the semicolon at the end are left out: what differs
//!   only so is the same tree to a parser;
//! - `NULL`, `TRUE` and `FALSE` are values, but for `IS NULL`, `NOT NULL` and the like.
//!
//! No parser of a grammar: any text has a normal form, made in one pass.

mod token;

use token::{Lexer, Token};

/// What differs between databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL and the standard: `"name"`, a backslash is nothing special but in `E'…'`, `$tag$…$tag$`.
    Ansi,
    /// MySQL and MariaDB: `"text"`, backslash escapes, `#` comments.
    MySql,
}

impl Dialect {
    /// The dialect of a statement in a log of this format: that of its database, else MySQL's if there are backticks.
    pub fn of(format: &str, text: &str) -> Self {
        let known = |name: &str| format.starts_with(name);
        if known("mysql") || known("mariadb") || !known("postgres") && text.contains('`') {
            return Dialect::MySql;
        }
        Dialect::Ansi
    }
}

/// Words behind which a bracket or a sign begins a value.
const BEFORE_VALUES: [&str; 38] = [
    "all",
    "and",
    "any",
    "as",
    "between",
    "by",
    "case",
    "distinct",
    "else",
    "except",
    "exists",
    "from",
    "having",
    "ilike",
    "in",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "like",
    "limit",
    "not",
    "offset",
    "on",
    "or",
    "over",
    "return",
    "returning",
    "select",
    "set",
    "then",
    "union",
    "using",
    "value",
    "values",
    "when",
    "where",
];

/// Open brackets that are told apart; deeper ones are only written.
const MOST_OPEN: usize = 1_000;

/// What stands before a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// Nothing, or an opening bracket.
    Open,
    /// A point or cast: what follows is a name.
    Joint,
    /// A word behind which values stand.
    Keyword,
    /// Another word, a quoted name.
    Name,
    /// A value, a closing bracket.
    Value,
    /// An operator, a comma.
    Operator,
}

/// An open bracket.
struct Open {
    /// Where it stands in the output, and where what is in it begins.
    start: usize,
    /// Its list may be folded.
    of_values: bool,
    /// It is a row of `VALUES`.
    is_row: bool,
    /// Nothing but values and commas so far.
    plain: bool,
    values: usize,
}

#[derive(Default)]
struct Rows {
    /// Depth of brackets at which rows stand; `None`: not behind `VALUES`.
    depth: Option<usize>,
    /// The last row kept.
    last: Option<(usize, usize)>,
}

struct Writer {
    out: String,
    last: Last,
    /// The last word, small; empty behind anything else.
    word: String,
    open: Vec<Open>,
    /// Brackets open beyond [`MOST_OPEN`].
    deeper: usize,
    rows: Rows,
    /// In a cast: its type is part of the value.
    casts: bool,
}

/// The normal form of a statement.
pub fn normal(text: &str, dialect: Dialect) -> String {
    let mut writer = Writer {
        out: String::with_capacity(text.len().min(1 << 12)),
        last: Last::Open,
        word: String::new(),
        open: Vec::new(),
        deeper: 0,
        rows: Rows::default(),
        casts: false,
    };
    let mut lexer = Lexer::new(text, dialect);
    while let Some(token) = lexer.next(writer.takes_sign()) {
        writer.token(token);
    }
    let end = writer.out.trim_end_matches([';', ' ']).len();
    writer.out.truncate(end);
    writer.out
}

impl Writer {
    /// Is a sign here part of the number behind it?
    fn takes_sign(&self) -> bool {
        matches!(self.last, Last::Open | Last::Keyword | Last::Operator)
    }

    fn token(&mut self, token: Token<'_>) {
        let is_cast = std::mem::take(&mut self.casts);
        match token {
            Token::Value => self.value(),
            Token::Word(word) => self.word(word, is_cast),
            Token::Quoted(name) => {
                self.not_plain(is_cast);
                self.put(name, self.spaced());
                self.set(Last::Name);
            }
            Token::Operator("(" | "[") => self.opens(token),
            Token::Operator(close @ (")" | "]")) => self.closes(close),
            Token::Operator(",") => {
                self.put(",", false);
                self.set(Last::Operator);
            }
            Token::Operator(".") => {
                self.not_plain(false);
                self.put(".", false);
                self.set(Last::Joint);
            }
            Token::Operator("::") => {
                self.put("::", false);
                self.set(Last::Joint);
                self.casts = true;
            }
            Token::Operator(other) => {
                self.not_plain(false);
                self.put(if other == "!=" { "<>" } else { other }, self.spaced() && other != ";");
                self.set(Last::Operator);
            }
        }
        self.leave_rows(token);
    }

    /// Rows end where something else than a comma follows one.
    fn leave_rows(&mut self, token: Token<'_>) {
        let at_rows = self.rows.depth == Some(self.open.len());
        let is_of_rows = matches!(token, Token::Operator("," | ")" | "(")) || self.word.starts_with("value");
        if at_rows && !is_of_rows {
            self.rows = Rows::default();
        }
    }

    fn set(&mut self, last: Last) {
        self.last = last;
        self.word.clear();
    }

    /// Does a space stand before what comes now?
    fn spaced(&self) -> bool {
        !matches!(self.last, Last::Open | Last::Joint)
    }

    fn put(&mut self, text: &str, space: bool) {
        if space && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    /// What came is no value: the list around it stays.
    fn not_plain(&mut self, is_cast: bool) {
        if let Some(open) = self.open.last_mut() {
            open.plain &= is_cast;
        }
    }

    fn value(&mut self) {
        self.put("?", self.spaced());
        if let Some(open) = self.open.last_mut() {
            open.values += 1;
        }
        self.set(Last::Value);
    }

    fn word(&mut self, word: &str, is_cast: bool) {
        let small = word.to_ascii_lowercase();
        let is_value = matches!(small.as_str(), "null" | "true" | "false")
            && !matches!(self.word.as_str(), "is" | "not")
            && self.last != Last::Joint;
        if is_value {
            return self.value();
        }
        if small == "asc" && matches!(self.last, Last::Name | Last::Value) {
            return;
        }
        self.not_plain(is_cast);
        self.put(&small, self.spaced());
        let is_keyword = self.last != Last::Joint && BEFORE_VALUES.contains(&small.as_str());
        self.last = match (is_cast, is_keyword) {
            (true, _) => Last::Value,
            (_, true) => Last::Keyword,
            _ => Last::Name,
        };
        if matches!(small.as_str(), "values" | "value") {
            self.rows = Rows { depth: Some(self.open.len()), last: None };
        }
        self.word = small;
    }

    fn opens(&mut self, token: Token<'_>) {
        let Token::Operator(bracket) = token else { return };
        let space = match bracket {
            "(" => !matches!(self.last, Last::Open | Last::Joint | Last::Name),
            _ => matches!(self.last, Last::Keyword | Last::Operator),
        };
        let is_row = bracket == "(" && self.rows.depth == Some(self.open.len());
        let in_values = self.open.last().is_some_and(|open| open.of_values && open.plain);
        let of_values = is_row
            || matches!(self.word.as_str(), "in" | "array")
            || in_values && matches!(self.last, Last::Open | Last::Operator);
        if !of_values {
            self.not_plain(false);
        }
        self.put(bracket, space);
        if self.open.len() == MOST_OPEN {
            self.deeper += 1;
            return self.set(Last::Open);
        }
        self.open.push(Open { start: self.out.len(), of_values, is_row, plain: true, values: 0 });
        self.set(Last::Open);
    }

    fn closes(&mut self, bracket: &str) {
        let open = if self.deeper == 0 { self.open.pop() } else { None };
        let Some(open) = open else {
            self.deeper = self.deeper.saturating_sub(1);
            self.put(bracket, false);
            return self.set(Last::Value);
        };
        if open.of_values && open.plain && open.values > 0 {
            self.out.truncate(open.start);
            self.out.push_str("?+");
            if let Some(outer) = self.open.last_mut() {
                outer.values += 1;
            }
        } else {
            self.not_plain(false);
        }
        self.put(bracket, false);
        self.set(Last::Value);
        if open.is_row {
            self.row(open.start - 1);
        }
    }

    /// A row like the one before it is left out, with the comma before it.
    fn row(&mut self, start: usize) {
        let end = self.out.len();
        if let Some((first, last)) = self.rows.last
            && self.out[first..last] == self.out[start..end]
        {
            self.out.truncate(last);
            return;
        }
        self.rows.last = Some((start, end));
    }
}

#[cfg(test)]
mod tests;
