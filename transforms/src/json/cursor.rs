//! The walk over objects and arrays.

use super::string::{Marks, escape, mended, plain_until, unescape};
use super::{Invalid, Json, JsonStr};
use std::borrow::Cow;

/// Deepest nesting that can be asked for; higher limits are taken as this one (skipping calls itself per level).
pub const MOST_DEPTH: usize = 128;

/// A place in a JSON text. Everything before it has been checked.
///
/// ```
/// use catchwater_transforms::json::Cursor;
/// let mut cursor = Cursor::new(r#"{"name":"a","list":[1,2],"other":{}}"#, 64);
/// cursor.begin_object()?;
/// let mut elements = 0;
/// while let Some(key) = cursor.next_key()? {
///     match key.raw() {
///         "name" => assert_eq!(cursor.string()?.text(), "a"),
///         "list" => {
///             cursor.begin_array()?;
///             while cursor.next_element()? {
///                 cursor.skip()?;
///                 elements += 1;
///             }
///         }
///         _ => cursor.skip()?,
///     }
/// }
/// cursor.end()?;
/// assert_eq!(elements, 2);
/// # Ok::<(), catchwater_transforms::json::Invalid>(())
/// ```
///
/// Each [`Cursor::next_key`] and [`Cursor::next_element`] that finds something must be followed by reading one value.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth_left: usize,
    /// The object or array was opened just now: no comma before what comes.
    fresh: bool,
    /// Halves of surrogate pairs and line breaks passed so far: what an event must not hold.
    flaws: usize,
}

impl<'a> Cursor<'a> {
    /// At the front of a text, before its value. `depth`: deepest nesting of objects and arrays that is read.
    #[inline]
    pub fn new(text: &'a str, depth: usize) -> Self {
        let mut cursor = Self { text, at: 0, depth_left: depth.min(MOST_DEPTH), fresh: true, flaws: 0 };
        cursor.space();
        cursor
    }

    /// Bytes passed.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What lies ahead.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The first byte of the value ahead, which tells its type; 0 at the end.
    #[inline]
    pub fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    /// Goes into an object.
    #[inline]
    pub fn begin_object(&mut self) -> Result<(), Invalid> {
        self.open(b'{')
    }

    /// Goes into an array.
    #[inline]
    pub fn begin_array(&mut self) -> Result<(), Invalid> {
        self.open(b'[')
    }

    /// Goes into an object if the value ahead is one, else skips the value and answers `false`.
    pub fn begin_object_or_skip(&mut self) -> Result<bool, Invalid> {
        self.begin_or_skip(b'{')
    }

    /// Goes into an array if the value ahead is one, else skips the value and answers `false`.
    pub fn begin_array_or_skip(&mut self) -> Result<bool, Invalid> {
        self.begin_or_skip(b'[')
    }

    /// The next member's key, and stands before its value; `None` behind the object's end.
    #[inline]
    pub fn next_key(&mut self) -> Result<Option<JsonStr<'a>>, Invalid> {
        if !self.advance(b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(Some(key))
    }

    /// As [`Cursor::next_key`] where the next member is written as `"key":` without white space, as machines write it:
    /// then it stands before the value, else it has not moved. One comparison instead of a search.
    #[inline]
    pub fn next_key_is(&mut self, written: &'static str) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let rest = if self.fresh { Some(rest) } else { rest.strip_prefix(b",") };
        let found = rest.and_then(|rest| rest.strip_prefix(written.as_bytes()));
        if let Some(rest) = found
            && !matches!(rest, [b' ' | b'\t' | b'\n' | b'\r', ..])
        {
            self.at = self.text.len() - rest.len();
            self.fresh = false;
            return true;
        }
        false
    }

    /// Stands before the next element; `false` behind the array's end.
    #[inline]
    pub fn next_element(&mut self) -> Result<bool, Invalid> {
        self.advance(b']')
    }

    /// Reads a string.
    #[inline]
    pub fn string(&mut self) -> Result<JsonStr<'a>, Invalid> {
        let from = self.at + 1;
        let plain = self.pass_plain()?;
        let marks = if plain { Marks::Plain } else { self.pass_escapes()? };
        Ok(JsonStr { raw: &self.text[from..self.at - 1], marks })
    }

    /// Reads a string and appends its text, which is valid UTF-8: one pass instead of two for strings full of
    /// escapes. On an error, part of the text may have been appended.
    pub fn string_into(&mut self, out: &mut Vec<u8>) -> Result<(), Invalid> {
        self.expect(b'"')?;
        self.at = self.unescape_into(usize::MAX, out);
        self.expect(b'"')
    }

    /// As [`Cursor::string_into`] for a string of at most so many bytes as it is written. Where it is longer, or not
    /// valid, it has not moved and `false` is returned; part of the text may have been appended.
    pub fn short_string_into(&mut self, most: usize, out: &mut Vec<u8>) -> Result<bool, Invalid> {
        let before = self.at;
        self.expect(b'"')?;
        self.at = self.unescape_into(most, out);
        let is_whole = self.expect(b'"').is_ok();
        if !is_whole {
            self.at = before;
        }
        Ok(is_whole)
    }

    /// Appends the text that stands here, of at most so many bytes as it is written, up to a quote or what is not
    /// valid: where that is.
    #[inline]
    fn unescape_into(&self, most: usize, out: &mut Vec<u8>) -> usize {
        let bytes = self.text.as_bytes();
        let end = bytes.len().min(self.at.saturating_add(most));
        self.at + unescape(&bytes[self.at..end], out)
    }

    /// Reads any value; objects and arrays as a whole.
    #[inline]
    pub fn value(&mut self) -> Result<Json<'a>, Invalid> {
        match self.peek() {
            b'"' => self.string().map(Json::String),
            b'{' => self.raw().map(Json::Object),
            b'[' => self.raw().map(Json::Array),
            b't' => self.literal("true").map(|()| Json::Bool(true)),
            b'f' => self.literal("false").map(|()| Json::Bool(false)),
            b'n' => self.literal("null").map(|()| Json::Null),
            _ => self.number().map(Json::Number),
        }
    }

    /// Reads any value as the text that it was written as, fit to stand in an event: halves of surrogate pairs, which
    /// many readers refuse, are replaced by U+FFFD, and line breaks between tokens by spaces.
    #[inline]
    pub fn raw(&mut self) -> Result<Cow<'a, str>, Invalid> {
        let (from, flaws_before) = (self.at, self.flaws);
        self.skip()?;
        let raw = &self.text[from..self.at];
        if self.flaws == flaws_before { Ok(Cow::Borrowed(raw)) } else { Ok(Cow::Owned(mended(raw))) }
    }

    /// Passes any value, checking all of it.
    #[inline]
    pub fn skip(&mut self) -> Result<(), Invalid> {
        match self.peek() {
            b'"' => self.pass_string().map(drop),
            b'{' | b'[' => self.skip_nested(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.number().map(drop),
        }
    }

    /// Checks that nothing but white space lies ahead.
    pub fn end(&mut self) -> Result<(), Invalid> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(Invalid::Syntax(self.at)) }
    }

    /// Passes white space.
    #[inline(always)]
    pub fn space(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = bytes.get(self.at) {
            self.flaws += usize::from(matches!(byte, b'\n' | b'\r'));
            self.at += 1;
        }
    }

    #[inline]
    fn open(&mut self, bracket: u8) -> Result<(), Invalid> {
        self.expect(bracket)?;
        self.depth_left = self.depth_left.checked_sub(1).ok_or(Invalid::TooDeep(self.at - 1))?;
        self.fresh = true;
        Ok(())
    }

    fn begin_or_skip(&mut self, bracket: u8) -> Result<bool, Invalid> {
        if self.peek() == bracket { self.open(bracket).map(|()| true) } else { self.skip().map(|()| false) }
    }

    /// To the next thing in an object or array; `false` behind its closing bracket.
    #[inline]
    fn advance(&mut self, bracket: u8) -> Result<bool, Invalid> {
        self.space();
        if self.peek() == bracket {
            self.at += 1;
            self.depth_left += 1;
            self.fresh = false;
            return Ok(false);
        }
        if !self.fresh {
            self.expect(b',')?;
            self.space();
        }
        self.fresh = false;
        Ok(true)
    }

    /// Passes an object or array. A loop, not a call for each level: most of a CloudTrail event is passed here.
    fn skip_nested(&mut self) -> Result<(), Invalid> {
        // A bit for each level that is open, the innermost lowest: is it an object?
        let mut objects = 0u128;
        let outside = self.depth_left;
        loop {
            let opened = self.peek();
            match opened {
                b'{' | b'[' => {
                    self.open(opened)?;
                    objects = objects << 1 | u128::from(opened == b'{');
                }
                _ => self.skip()?,
            }
            // To the next value: behind a bracket, a comma, and in objects a key.
            loop {
                let in_object = objects & 1 == 1;
                if self.advance(if in_object { b'}' } else { b']' })? {
                    if in_object {
                        self.pass_key()?;
                    }
                    break;
                }
                objects >>= 1;
                if self.depth_left == outside {
                    return Ok(());
                }
            }
        }
    }

    /// Passes a key and its colon.
    #[inline(always)]
    fn pass_key(&mut self) -> Result<(), Invalid> {
        self.pass_string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(())
    }

    /// Passes a string.
    #[inline(always)]
    fn pass_string(&mut self) -> Result<(), Invalid> {
        if !self.pass_plain()? {
            self.pass_escapes()?;
        }
        Ok(())
    }

    /// Passes a string, or the plain characters before its first escape; was it the whole string?
    #[inline(always)]
    fn pass_plain(&mut self) -> Result<bool, Invalid> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        let at = plain_until(bytes, self.at);
        if bytes.get(at) == Some(&b'"') {
            self.at = at + 1;
            return Ok(true);
        }
        self.at = at;
        Ok(false)
    }

    /// From the first escape of a string, or what else ended its plain characters, to behind its closing quote.
    #[cold]
    fn pass_escapes(&mut self) -> Result<Marks, Invalid> {
        let bytes = self.text.as_bytes();
        let mut marks = Marks::Escapes;
        while self.peek() == b'\\' {
            let found = escape(bytes, self.at)?;
            if found.lone {
                self.flaws += 1;
                marks = Marks::LoneSurrogate;
            }
            self.at = plain_until(bytes, self.at + found.len);
        }
        self.expect(b'"')?;
        Ok(marks)
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Invalid> {
        if self.peek() != byte {
            return Err(Invalid::Syntax(self.at));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn literal(&mut self, word: &'static str) -> Result<(), Invalid> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Invalid::Syntax(self.at));
        }
        self.at += word.len();
        Ok(())
    }

    /// RFC 8259, section 6.
    fn number(&mut self) -> Result<&'a str, Invalid> {
        let from = self.at;
        self.at += usize::from(self.peek() == b'-');
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
        }
        Ok(&self.text[from..self.at])
    }

    fn digits(&mut self) -> Result<(), Invalid> {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == from { Err(Invalid::Syntax(from)) } else { Ok(()) }
    }
}
