//! XML, piece by piece: a few lines over crate `quick-xml`, so that formats see elements by their local names, texts
//! with references read, and one error: what is cut off or not well-formed.
//!
//! Prefixes are passed over, for sources bind whichever they like. Entities that a document declares are not expanded:
//! only the five of XML and numbers of characters are read (XML 1.0, 4.6), others stay as they are written.

use quick_xml::Reader;
use quick_xml::events::{Event, attributes};
use std::borrow::Cow;

/// Not well-formed, or the text ends within an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// One piece of a document.
#[derive(Debug)]
pub enum Piece<'a> {
    /// An element begins; one that is empty ends with the next piece.
    Open {
        /// Name without prefix.
        name: &'a str,
        /// Its attributes.
        attributes: Attributes<'a>,
    },
    /// The element ends that was opened last.
    Close,
    /// Text, or a part of one: the parts of an element's text follow one another.
    Text(Cow<'a, str>),
}

/// A place in a document.
pub struct Xml<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> Xml<'a> {
    /// At the front of a text.
    pub fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self { text, reader, depth: 0 }
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The next piece; `None` at the end, where all elements are closed. Comments, declarations and processing
    /// instructions are passed over.
    pub fn piece(&mut self) -> Result<Option<Piece<'a>>, Broken> {
        loop {
            let before = self.position();
            match self.reader.read_event().map_err(|_| Broken)? {
                Event::Start(_) => {
                    self.depth += 1;
                    let tag = self.text.get(before..self.position()).unwrap_or_default();
                    return Ok(Some(open(tag)));
                }
                Event::End(_) => {
                    self.depth = self.depth.checked_sub(1).ok_or(Broken)?;
                    return Ok(Some(Piece::Close));
                }
                Event::Text(text) => return Ok(Some(Piece::Text(text.into_inner()))),
                Event::CData(text) => return Ok(Some(Piece::Text(text.into_inner()))),
                Event::GeneralRef(_) => {
                    let written = self.text.get(before..self.position()).unwrap_or_default();
                    return Ok(Some(Piece::Text(unescape(written))));
                }
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => (),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(Broken),
            }
        }
    }

    /// The text of the element opened last, up to its end; elements in it are passed over.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Broken> {
        let inside = self.depth;
        let mut found = Cow::Borrowed("");
        while self.depth >= inside {
            match self.piece()?.ok_or(Broken)? {
                Piece::Text(part) if self.depth == inside => append(&mut found, part),
                _ => (),
            }
        }
        Ok(found)
    }

    /// As [`Xml::text`], without white space at its ends.
    pub fn trimmed_text(&mut self) -> Result<Cow<'a, str>, Broken> {
        Ok(match self.text()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
        })
    }

    /// Passes the element opened last, with all that is in it.
    pub fn skip(&mut self) -> Result<(), Broken> {
        let inside = self.depth;
        while self.depth >= inside {
            self.piece()?.ok_or(Broken)?;
        }
        Ok(())
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }
}

fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// Reads `<prefix:name attribute="value"/>`.
fn open(tag: &str) -> Piece<'_> {
    let inside = tag.strip_prefix('<').unwrap_or(tag);
    let inside = inside.strip_suffix('>').unwrap_or(inside);
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let end = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
    let mut attributes = attributes::Attributes::new(inside, end);
    // Looking for doubles compares each with each.
    attributes.with_checks(false);
    Piece::Open { name: local(&inside[..end]), attributes: Attributes(attributes) }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Attributes of an element, by their local names. What is not well-formed ends them.
#[derive(Clone, Debug)]
pub struct Attributes<'a>(attributes::Attributes<'a>);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let attribute = self.0.next()?.ok()?;
        let value = match attribute.value {
            Cow::Borrowed(value) => unescape(value),
            Cow::Owned(value) => Cow::Owned(unescape(&value).into_owned()),
        };
        Some((local(attribute.key.0), value))
    }
}

impl<'a> Attributes<'a> {
    /// The value of the first attribute of this name.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.clone().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// Reads references to entities and characters; leaves what is none.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let name = behind.bytes().take(10).position(|c| c == b';').map(|end| &behind[..end]);
        match name.and_then(|name| Some((name, reference(name)?))) {
            Some((name, character)) => {
                out.push(character);
                rest = &behind[name.len() + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pieces, shortly: `<name a=b`, `>`, `text`.
    fn pieces(text: &str) -> Result<Vec<String>, Broken> {
        let mut xml = Xml::new(text);
        let mut all = Vec::new();
        while let Some(piece) = xml.piece()? {
            all.push(match piece {
                Piece::Open { name, attributes } => {
                    attributes.fold(format!("<{name}"), |tag, (name, value)| format!("{tag} {name}={value}"))
                }
                Piece::Close => ">".to_string(),
                Piece::Text(text) => text.into_owned(),
            });
        }
        Ok(all)
    }

    #[test]
    fn a_document_piece_by_piece() {
        let text = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e \"x\">]><p:a xmlns:p='u' p:b=\"&lt;1&#10;\" c='2'><!-- <no> -->t&amp;&e;<d/><![CDATA[<&]]></p:a>";
        let expected = ["<a p=u b=<1\n c=2", "t", "&", "&e;", "<d", ">", "<&", ">"];
        assert_eq!(pieces(text).unwrap(), expected);
        for broken in ["<a>", "<a></b>", "</a>", "<a", "<a b=\"", "<a><!-- ", "<a><![CDATA[x"] {
            assert_eq!(pieces(broken), Err(Broken), "{broken}");
        }
        assert_eq!(pieces("a & b &c").unwrap().concat(), "a & b &c");
    }

    #[test]
    fn texts_of_elements() {
        let mut xml = Xml::new("<a> x &lt; <b>no</b>y <c><![CDATA[ z ]]></c></a><d/>");
        xml.piece().unwrap();
        assert_eq!(xml.trimmed_text().unwrap(), "x < y");
        xml.piece().unwrap();
        assert_eq!((xml.text().unwrap().as_ref(), xml.depth()), ("", 0));
    }

    #[test]
    fn references() {
        assert_eq!(unescape("a &lt; &quot;b&quot; &#10;&#x41;&amp;amp;"), "a < \"b\" \nA&amp;");
        for kept in ["a & b", "&nosuch;", "&#xZZ;", "&é;", "&", "&#1114112;"] {
            assert_eq!(unescape(kept), kept);
        }
    }

    #[test]
    fn hostile_documents_take_no_longer() {
        let attributes: String = (0..50_000).map(|n| format!(" a{n}=''")).collect();
        let nested = "<a>".repeat(200_000);
        for text in ["&".repeat(1_000_000), "<!--".repeat(250_000), nested, format!("<a{attributes}/>")] {
            let _ = pieces(&format!("<x>{text}"));
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "(<a|<p:b|</a>|/>|>| c=\"|'|&lt;|&|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?|\\?>|é|[ x]){0,30}") {
            let _ = pieces(&text);
        }
    }
}
