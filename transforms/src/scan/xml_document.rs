//! Documents of XML over several log events: which line still belongs to the one before it.

/// What a group remembers: it goes on no more; or, from 2 on, which of the roots is open.
const CLOSED: u32 = 1;
const OPEN: u32 = 2;

/// The root is looked for in so many bytes: each log event that is joined looks again until it is found.
const MOST_BYTES_BEFORE_ROOT: usize = 2_000;

/// Does the log event go on with a document whose root has one of these names? It does up to the line that closes the root.
pub fn continues(roots: &[&str], state: &mut u32, text: &str, line: &str) -> bool {
    if *state == 0 {
        let start = &text[..text.floor_char_boundary(MOST_BYTES_BEFORE_ROOT)];
        *state = match root(start) {
            Root::Named(name) => roots.iter().position(|r| *r == name).map_or(CLOSED, |n| OPEN + n as u32),
            Root::None => CLOSED,
            // A declaration alone: the next line tells.
            Root::NotYet => return line.trim_start().starts_with('<') && start.len() == text.len(),
        };
    }
    let open = state.checked_sub(OPEN).and_then(|n| roots.get(n as usize));
    let last = text.rsplit('\n').next().unwrap_or_default();
    if open.is_none_or(|root| closes(last, root)) {
        *state = CLOSED;
    }
    *state != CLOSED
}

/// Does the line end with the root's end, or is it a root that needs none?
fn closes(line: &str, root: &str) -> bool {
    let Some((_, tag)) = line.trim_end().strip_suffix('>').and_then(|line| line.rsplit_once('<')) else {
        return false;
    };
    let name = match tag.strip_prefix('/') {
        Some(name) => name,
        None if tag.ends_with('/') => tag.trim_end_matches('/'),
        None => return false,
    };
    local(name) == root
}

/// What a text begins with.
enum Root<'a> {
    Named(&'a str),
    NotYet,
    None,
}

/// Name of the first element, without prefix.
fn root(start: &str) -> Root<'_> {
    let mut rest = start.trim_start();
    loop {
        let close = match rest.as_bytes() {
            [b'<', b'?', ..] => "?>",
            [b'<', b'!', b'-', b'-', ..] => "-->",
            [b'<', b'!', ..] => ">",
            [b'<', ..] => return Root::Named(local(&rest[1..])),
            [] => return Root::NotYet,
            _ => return Root::None,
        };
        match rest.split_once(close) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return Root::NotYet,
        }
    }
}

/// The name at the front of a tag, without prefix.
fn local(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(tag.len());
    tag[..end].rsplit(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How many lines of the text are joined to its first.
    fn joined(roots: &[&str], text: &str) -> usize {
        let mut lines = text.split('\n');
        let mut group = lines.next().unwrap().to_string();
        let (mut state, mut count) = (0, 0);
        for line in lines {
            if !continues(roots, &mut state, &group, line) {
                break;
            }
            group.push('\n');
            group.push_str(line);
            count += 1;
        }
        count
    }

    #[test]
    fn a_document_ends_with_its_root() {
        let document = "<?xml version=\"1.0\"?>\n<!-- a -->\n<p:premis xmlns:p=\"u\">\n<p:event>\n</p:event>\n<p:event/>\n</p:premis>";
        let lines = document.split('\n').count();
        assert_eq!(joined(&["premis", "event"], &format!("{document}\n<premis:premis>\n")), lines - 1);
        let events = "<events>\n<event type='a'>\nx</event>\n<event/>\n</events>\n<events>";
        assert_eq!(joined(&["events", "event"], events), 4);
        for alone in ["hello\n<event>", "<event/>\n<event>", "<other>\n</other>", "<event></event>\nx"] {
            assert_eq!(joined(&["events", "event"], alone), 0, "{alone}");
        }
    }

    proptest! {
        #[test]
        fn any_lines(text in "(<premis|<p:premis>|</premis>|<event/>|<\\?xml|\\?>|<!--|-->|/>|>|\n|é|x| ){0,30}") {
            joined(&["premis", "event"], &text);
        }
    }
}
