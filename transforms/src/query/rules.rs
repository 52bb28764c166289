//! Rules of the configuration for names of operations: `[[operation]]`.

use super::operation::joined;
use crate::route::Glob;
use crate::rule_error::{self, RuleError};
use catchwater_schemas::config::Operation;
use regex::Regex;

/// Compiled rules; the first that matches counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    service: Option<Glob>,
    method: Option<String>,
    /// What every path that matches begins with.
    start: String,
    path: Regex,
    name: Name,
}

#[derive(Clone, Debug)]
enum Name {
    /// The method, and this.
    Template(String),
    /// As the rule says, with what the groups matched.
    Expanded(String),
}

type Place = (&'static [&'static str], usize, &'static str);

impl Rules {
    pub fn new(rules: &[Operation]) -> Result<Self, RuleError> {
        rules.iter().enumerate().map(|(index, rule)| compile(index, rule)).collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of this operation, if a rule gives one.
    pub fn name(&self, service: &str, method: &str, path: &str) -> Option<String> {
        self.0.iter().find_map(|rule| {
            let fits = rule.service.as_ref().is_none_or(|glob| glob.matches(service))
                && rule.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method))
                && path.starts_with(&rule.start);
            if !fits {
                return None;
            }
            match &rule.name {
                Name::Template(template) if rule.path.is_match(path) => Some(match method {
                    "" => template.clone(),
                    method => joined(method, template),
                }),
                Name::Template(_) => None,
                Name::Expanded(name) => rule.path.captures(path).map(|groups| {
                    let mut out = String::new();
                    groups.expand(name, &mut out);
                    out
                }),
            }
        })
    }
}

fn compile(index: usize, rule: &Operation) -> Result<Rule, RuleError> {
    let at = |key: &'static str| -> Place { (&["operation"], index, key) };
    let wrong =
        |key: &'static str, message: String| RuleError { section: &["operation"], index, key, message };
    let (start, path, named) = match (&rule.template, &rule.pattern) {
        (Some(template), None) => {
            let (start, pattern) = template_pattern(template).map_err(|why| wrong("template", why))?;
            (start, rule_error::regex(&pattern, at("template"))?, Name::Template(template.clone()))
        }
        (None, Some(pattern)) => {
            if rule.operation.is_none() {
                return Err(wrong(
                    "pattern",
                    "a pattern needs `operation`, the name of what it matches".into(),
                ));
            }
            (String::new(), rule_error::regex(pattern, at("pattern"))?, Name::Template(String::new()))
        }
        _ => return Err(wrong("template", "a rule has a `template` or a `pattern`".into())),
    };
    Ok(Rule {
        service: rule.service.as_deref().map(Glob::new),
        method: rule.method.clone(),
        start,
        path,
        name: rule.operation.clone().map_or(named, Name::Expanded),
    })
}

/// The text before the first placeholder, and the template as a regular expression.
fn template_pattern(template: &str) -> Result<(String, String), String> {
    if !template.starts_with('/') {
        return Err(format!("the template `{template}` does not begin with `/`"));
    }
    let mut parts = template.split('{');
    let start = parts.next().unwrap_or_default();
    let mut pattern = format!("^{}", regex::escape(start));
    for part in parts {
        let (name, literal) = part
            .split_once('}')
            .ok_or_else(|| format!("`{{{part}` of the template is not closed by `}}`"))?;
        let (name, any) = match name.strip_suffix('*') {
            Some(name) => (name, ".*"),
            None => (name, "[^/]+"),
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(format!("`{{{name}}}` is no name of letters, digits and `_`"));
        }
        // Plain groups: a name may stand twice, and `$1` counts them.
        pattern.push_str(&format!("({any}){}", regex::escape(literal)));
    }
    pattern.push('$');
    Ok((start.to_string(), pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(template: Option<&str>, pattern: Option<&str>, operation: Option<&str>) -> Operation {
        let text = |t: Option<&str>| t.map(String::from);
        Operation {
            template: text(template),
            pattern: text(pattern),
            operation: text(operation),
            ..Operation::default()
        }
    }

    #[test]
    fn the_first_rule_that_fits_names_it() {
        let iiif = "/iiif/{image}/{region}/{size}/{rotation}/{quality}.{format}";
        let rules = Rules::new(&[
            Operation {
                service: Some("image*".into()),
                method: Some("get".into()),
                ..rule(Some(iiif), None, None)
            },
            rule(Some("/files/{rest*}"), None, Some("file $1")),
            rule(None, Some("^/(?<kind>book|map)s?/"), Some("item of ${kind}")),
        ]);
        let rules = rules.unwrap();
        let image = "/iiif/a%2Fb/full/max/0/default.jpg";
        assert_eq!(rules.name("images", "GET", image), Some(format!("GET {iiif}")));
        assert_eq!(rules.name("other", "GET", image), None);
        assert_eq!(rules.name("images", "POST", image), None);
        assert_eq!(rules.name("images", "GET", &format!("{image}/x")), None);
        assert_eq!(rules.name("", "GET", "/files/a/b").as_deref(), Some("file a/b"));
        assert_eq!(rules.name("", "", "/maps/x").as_deref(), Some("item of map"));
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for (rule, key) in [
            (rule(None, None, None), "template"),
            (rule(Some("/a"), Some("a"), None), "template"),
            (rule(Some("a/{b}"), None, None), "template"),
            (rule(Some("/a/{b"), None, None), "template"),
            (rule(Some("/a/{}"), None, None), "template"),
            (rule(None, Some("a("), Some("x")), "pattern"),
            (rule(None, Some("a"), None), "pattern"),
            (rule(None, Some("(?:a{1000}){1000}"), Some("x")), "pattern"),
        ] {
            let error = Rules::new(&[Operation { template: Some("/".into()), ..Operation::default() }, rule]);
            let error = error.unwrap_err();
            assert_eq!((error.index, error.key), (1, key), "{error}");
        }
    }
}
