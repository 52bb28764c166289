//! Walks JSON that was found valid before (`Event::read` checks the whole line): it hands out slices and makes no tree.
//! A text that is not valid after all ends the walk with `None`; it never panics.

use memchr::{memchr2, memchr3};

/// Bytes of a string that are looked at one by one.
const SHORT_BYTES: usize = 12;

/// A place in a JSON text.
pub struct Members<'a> {
    text: &'a str,
    at: usize,
}

/// A value as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// The inside of a string, escapes as they are.
    Text(&'a str),
    /// A number, `true`, `false` or `null`.
    Word(&'a str),
    /// A whole object or array.
    Nested(&'a str),
}

impl<'a> Members<'a> {
    /// At the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Steps into an object.
    pub fn open(&mut self) -> Option<()> {
        self.byte(b'{')
    }

    /// Does an object begin here?
    pub fn is_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// The next name of the object, escapes as they are, or `Some(None)` at its end, which is passed.
    pub fn name(&mut self) -> Option<Option<&'a str>> {
        match self.peek()? {
            b'}' => {
                self.at += 1;
                return Some(None);
            }
            b',' => self.at += 1,
            _ => {}
        }
        self.byte(b'"')?;
        let name = self.string()?;
        self.byte(b':')?;
        Some(Some(name))
    }

    /// The value here.
    pub fn value(&mut self) -> Option<Raw<'a>> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string().map(Raw::Text)
            }
            b'{' | b'[' => self.nested().map(Raw::Nested),
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let is_end = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
                let length = rest.iter().position(is_end).unwrap_or(rest.len());
                let word = self.text.get(self.at..self.at + length)?;
                self.at += length;
                (length > 0).then_some(Raw::Word(word))
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'))?;
        Some(self.text.as_bytes()[self.at])
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// The rest of a string whose opening quote is passed.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        // Names and many values are shorter than the vector search takes to begin.
        let near = self.text.as_bytes().get(start..)?.iter().take(SHORT_BYTES);
        if let Some(length) = near.copied().position(|byte| matches!(byte, b'"' | b'\\'))
            && self.text.as_bytes()[start + length] == b'"'
        {
            self.at = start + length + 1;
            return self.text.get(start..start + length);
        }
        loop {
            let found = memchr2(b'"', b'\\', self.text.as_bytes().get(self.at..)?)?;
            self.at += found;
            if self.text.as_bytes()[self.at] == b'"' {
                let inside = self.text.get(start..self.at)?;
                self.at += 1;
                return Some(inside);
            }
            self.at += 2;
        }
    }

    /// A whole object or array: brackets are counted, strings passed over.
    fn nested(&mut self) -> Option<&'a str> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let (open, close) = if bytes[start] == b'{' { (b'{', b'}') } else { (b'[', b']') };
        let mut depth = 0usize;
        loop {
            self.at += memchr3(b'"', open, close, bytes.get(self.at..)?)?;
            let byte = bytes[self.at];
            self.at += 1;
            if byte == b'"' {
                self.string()?;
            } else if byte == open {
                depth += 1;
            } else {
                depth -= 1;
                if depth == 0 {
                    return self.text.get(start..self.at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(text: &str) -> Option<Vec<(&str, Raw<'_>)>> {
        let mut members = Members::new(text);
        members.open()?;
        let mut found = Vec::new();
        while let Some(name) = members.name()? {
            found.push((name, members.value()?));
        }
        Some(found)
    }

    #[test]
    fn values_are_slices_of_the_text() {
        let text = r#" { "a" : "x\"}" , "b":[1,{"c":"]"}], "d":-1.5e3,"e":null , "f":{"g":[]} }"#;
        let expected = [
            ("a", Raw::Text(r#"x\"}"#)),
            ("b", Raw::Nested(r#"[1,{"c":"]"}]"#)),
            ("d", Raw::Word("-1.5e3")),
            ("e", Raw::Word("null")),
            ("f", Raw::Nested(r#"{"g":[]}"#)),
        ];
        assert_eq!(members(text).unwrap(), expected);
        assert_eq!(members("{}").unwrap(), []);
    }

    #[test]
    fn a_broken_text_ends_the_walk() {
        for text in
            ["", "[", "{", r#"{"a"#, r#"{"a":"#, r#"{"a":"\"#, r#"{"a":[[]"#, r#"{"a":}"#, r#"{"a" 1}"#]
        {
            assert_eq!(members(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in r#"([{}\[\]":,\\a1é ]|"[a-z]{0,3}"){0,40}"#) {
            members(&text);
            members(&format!("{{\"a\":{text}"));
        }
    }
}
