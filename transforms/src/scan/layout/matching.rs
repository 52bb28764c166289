//! Holds a line against a layout. A value ends where the text behind it begins; where that stands more than once, the
//! places are tried one after the other, and no more than a fixed number of them in all, so that time is linear.

use super::{Item, What};
use crate::scan::entry_start;
use crate::scan::log_time::Context;
use catchwater_schemas::time::Timestamp;

/// What a line said.
#[derive(Debug, Default)]
pub struct Matched<'l, 't> {
    /// The line's own time.
    pub time: Option<Timestamp>,
    /// Values in the layout's order.
    pub values: Vec<(&'l What, &'t str)>,
}

/// Places that are tried for one line, in all.
const MOST_TRIES: u32 = 48;
/// Places that are tried for one value.
const MOST_PLACES: usize = 16;

/// Holds a text against the parts of a layout; all of it must be used.
pub fn read<'l, 't>(items: &'l [Item], text: &'t str, context: Context) -> Option<Matched<'l, 't>> {
    let mut matcher = Matcher::new(context);
    matcher.fits(items, text).then_some(matcher.matched)
}

/// Holds one text after the other against layouts.
pub struct Matcher<'l, 't> {
    context: Context,
    /// What the layout that fitted last said.
    pub matched: Matched<'l, 't>,
    tries: u32,
}

impl<'l, 't> Matcher<'l, 't> {
    /// One for times that leave out what `context` says.
    pub fn new(context: Context) -> Self {
        Self { context, matched: Matched { time: None, values: Vec::with_capacity(8) }, tries: 0 }
    }

    /// Is all of a text of this layout?
    pub fn fits(&mut self, items: &'l [Item], text: &'t str) -> bool {
        self.matched.time = None;
        self.matched.values.clear();
        self.tries = MOST_TRIES;
        self.items(items, text)
    }

    fn items(&mut self, items: &'l [Item], text: &'t str) -> bool {
        let Some((item, rest)) = items.split_first() else { return text.trim_end().is_empty() };
        match item {
            Item::Literal(literal) => after_literal(text, literal).is_some_and(|text| self.items(rest, text)),
            Item::Value(what) => self.value(what, rest, text),
        }
    }

    fn value(&mut self, what: &'l What, rest: &'l [Item], text: &'t str) -> bool {
        // Padding on the left.
        let text = if *what == What::Message { text } else { text.trim_start_matches(' ') };
        match what {
            What::Time(date) => match date.read(text, self.context) {
                Some((time, after)) => {
                    self.matched.time = Some(time);
                    self.items(rest, after)
                }
                None => false,
            },
            What::Level => {
                let end = text.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(text.len());
                is_level(&text[..end]) && self.take(what, rest, text, end)
            }
            What::Line | What::Pid | What::ThreadId | What::Sequence | What::Digits => {
                let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
                // `?` and Spring's empty process id.
                let end = if end == 0 && text.starts_with('?') { 1 } else { end };
                end > 0 && end <= 20 && self.take(what, rest, text, end)
            }
            What::Message if rest.is_empty() => self.take(what, rest, text, text.len()),
            _ => self.until(what, rest, text),
        }
    }

    /// Takes a value that ends here, and goes on; takes it back if that fails.
    fn take(&mut self, what: &'l What, rest: &'l [Item], text: &'t str, end: usize) -> bool {
        self.matched.values.push((what, &text[..end]));
        let fits = self.items(rest, &text[end..]);
        if !fits {
            self.matched.values.pop();
        }
        fits
    }

    /// Takes a value up to the text behind it.
    fn until(&mut self, what: &'l What, rest: &'l [Item], text: &'t str) -> bool {
        let line = text.split('\n').next().unwrap_or_default();
        let is_word =
            matches!(what, What::Logger | What::ShortLogger | What::Class | What::Method | What::File);
        let limit = match what {
            What::Message => text,
            _ if is_word => &line[..line.find([' ', '\t']).unwrap_or(line.len())],
            _ => line,
        };
        let Some(Item::Literal(literal)) = rest.first() else {
            return is_of(what, limit) && self.take(what, rest, text, limit.len());
        };
        let mark = literal.trim_start_matches(' ');
        let mark = &mark[..mark.find(' ').unwrap_or(mark.len())];
        let mut places = [0; MOST_PLACES];
        let mut count = 0;
        let mut add = |place: usize| {
            if count < MOST_PLACES {
                places[count] = place;
                count += 1;
            }
        };
        if mark.is_empty() {
            add(limit.find(' ').unwrap_or(limit.len()));
        } else if *what == What::Message {
            limit.rmatch_indices(mark).take(MOST_PLACES).for_each(|(at, _)| add(at));
        } else if is_word {
            // Behind the word, padding and then the text; else inside it.
            add(limit.len());
            if !literal.starts_with(' ') {
                limit.rmatch_indices(mark).take(MOST_PLACES - 1).for_each(|(at, _)| add(at));
            }
        } else {
            limit.match_indices(mark).take(MOST_PLACES).for_each(|(at, _)| add(at));
        }
        places[..count].iter().any(|place| {
            let end = match what {
                // What a message ends with is its own.
                What::Message => place.saturating_sub(literal.len() - literal.trim_start_matches(' ').len()),
                _ => text[..*place].trim_end_matches(' ').len(),
            };
            if self.tries == 0 || !text.is_char_boundary(end) || !is_of(what, &text[..end]) {
                return false;
            }
            self.tries -= 1;
            self.take(what, rest, text, end)
        })
    }
}

/// In capitals, or as `%p{lowerCase=true}` writes it.
pub fn is_level(word: &str) -> bool {
    entry_start::is_level(word)
        || (word.len() <= 11
            && word.bytes().all(|b| b.is_ascii_lowercase())
            && entry_start::is_level(&word.to_ascii_uppercase()))
}

/// What follows a literal; each run of spaces in it stands for one or more.
fn after_literal<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    let mut rest = text;
    let mut left = literal;
    while let Some(c) = left.chars().next() {
        if c == ' ' {
            let trimmed = rest.trim_start_matches(' ');
            if trimmed.len() == rest.len() && !rest.is_empty() {
                return None;
            }
            rest = trimmed;
            left = left.trim_start_matches(' ');
            continue;
        }
        // Padding of the value before, as in `[INFO ]`.
        let at_start = left.len() == literal.len();
        let candidate = if at_start && !rest.starts_with(c) { rest.trim_start_matches(' ') } else { rest };
        rest = candidate.strip_prefix(c)?;
        left = &left[c.len_utf8()..];
    }
    Some(rest)
}

/// May this text be such a value?
fn is_of(what: &What, text: &str) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || b >= 0x80;
    let name = |more: &[u8]| !text.is_empty() && text.bytes().all(|b| part(b) || more.contains(&b));
    match what {
        What::ShortLogger => name(b"-~"),
        // Tomcat's have brackets: `o.a.c.c.C.[.[.[/].[dispatcherServlet]`.
        What::Logger | What::Class => name(b".-/@~<>[]") && !text.starts_with('['),
        What::Method => name(b"<>-"),
        What::File => text == "?" || (text.contains('.') && name(b".-/\\")) || text.starts_with("Native"),
        What::Location => text.contains('('),
        What::Correlation => {
            let hex = |part: &str| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
            text.is_empty() || text.split_once('-').is_some_and(|(trace, span)| hex(trace) && hex(span))
        }
        What::Sleuth => text.contains(',') && !text.contains(' '),
        _ => true,
    }
}

impl<'t> Matched<'_, 't> {
    /// The logger's name.
    pub fn logger(&self) -> Option<&'t str> {
        self.values
            .iter()
            .find(|(what, _)| matches!(what, What::Logger | What::ShortLogger))
            .map(|(_, text)| *text)
    }
}
