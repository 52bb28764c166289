//! Classes by user agent. Bots are those of the list `crawler-user-agents` (`transforms/data/`, with its licence) and
//! what calls itself one; services are programs and libraries that ask for programs; persons use browsers. Who is in
//! none of these has no class.

mod cache;
#[cfg(test)]
mod tests;

pub use cache::AgentCache;

use super::class::Class;
use crate::rule_error::RuleError;
use aho_corasick::{AhoCorasick, AhoCorasickKind, StartKind};
use catchwater_schemas::config;
use regex::RegexSet;
use std::sync::LazyLock;

/// A class and a pattern on each line.
const CRAWLERS: &str = include_str!("../../../data/crawler-user-agents/patterns.tsv");

/// Bytes of a user agent that are looked at: longer ones are nobody's but an attacker's.
const MOST_BYTES: usize = 1024;

/// What user agents of services begin with. Sources: AWS's documentation of its SDKs and health checks, Kubernetes's
/// `pkg/probe/http`, and the first token that each library sends by default.
const SERVICES: [&str; 38] = [
    "aws-sdk-",
    "Boto3/",
    "Botocore/",
    "aws-internal/",
    "aws-chalice/",
    "ELB-HealthChecker/",
    "Amazon-Route53-Health-Check-Service",
    "Amazon CloudFront",
    "Amazon/EC2",
    "AWS-Systems-Manager",
    "S3Console/",
    "APN/",
    "Terraform/",
    "HashiCorp ",
    "kube-probe/",
    "kubelet/",
    "kube-controller-manager/",
    "GoogleHC/",
    "Prometheus/",
    "Blackbox Exporter/",
    "Consul Health Check",
    "Envoy/",
    "curl/",
    "Wget/",
    "python-requests/",
    "python-httpx/",
    "Python-urllib/",
    "Python/",
    "okhttp/",
    "Go-http-client/",
    "Java/",
    "Java-http-client/",
    "Apache-HttpClient/",
    "axios/",
    "node-fetch/",
    "Ruby",
    "Faraday v",
    "PostmanRuntime/",
];

/// What user agents of services end with or are: an AWS service that calls another.
const AWS_SERVICE: &str = ".amazonaws.com";

/// Names of consoles, by which CloudTrail tells that a person clicked.
const CONSOLES: [&str; 3] = ["console.amazonaws.com", "signin.amazonaws.com", "console.ec2.amazonaws.com"];

/// What a bot that is in no list says of itself, in lower case: a name, or an address with its explanation.
const BOT_SIGNS: [&str; 6] = ["bot/", "crawler", "spider", "+http://", "+https://", "headless"];

/// What browsers begin with.
const BROWSERS: [&str; 2] = ["Mozilla/", "Opera/"];

/// Tells classes by user agent.
#[derive(Debug, Default)]
pub struct Agents {
    /// Of the configuration, if it has any.
    own: Option<Own>,
}

/// What the configuration adds.
#[derive(Debug)]
struct Own {
    words: AhoCorasick,
    /// Of each word.
    classes: Vec<Class>,
}

impl Agents {
    /// Compiles what the configuration adds.
    pub fn new(who: &config::Who) -> Result<Self, RuleError> {
        let (mut words, mut classes) = (Vec::new(), Vec::new());
        for (key, list, class) in [
            (&["who", "bots"], &who.bots, Class::Bot),
            (&["who", "services"], &who.services, Class::Service),
            (&["who", "persons"], &who.persons, Class::Person),
        ] {
            for (index, word) in list.iter().enumerate() {
                if word.trim().is_empty() {
                    let message = "an empty text is part of every user agent".into();
                    return Err(RuleError { section: key, index, key: "part", message });
                }
                words.push(word.as_str());
                classes.push(class);
            }
        }
        if words.is_empty() {
            return Ok(Self::default());
        }
        let error = |error: aho_corasick::BuildError| RuleError {
            section: &["who", "bots"],
            index: 0,
            key: "part",
            message: error.to_string(),
        };
        let words = AhoCorasick::builder().ascii_case_insensitive(true).build(words).map_err(error)?;
        Ok(Self { own: Some(Own { words, classes }) })
    }

    /// The class of a user agent.
    pub fn class(&self, agent: &str) -> Option<Class> {
        let agent = &agent[..agent.floor_char_boundary(MOST_BYTES)];
        self.own.as_ref().and_then(|own| own.class(agent)).or_else(|| known(agent))
    }
}

impl Own {
    /// The first word that stands in the user agent counts.
    fn class(&self, agent: &str) -> Option<Class> {
        self.words.find(agent).map(|found| self.classes[found.pattern().as_usize()])
    }
}

fn known(agent: &str) -> Option<Class> {
    let begins_as = |starts: &[&str]| starts.iter().any(|start| agent.starts_with(start));
    if CONSOLES.contains(&agent) {
        return Some(Class::Person);
    }
    if agent.ends_with(AWS_SERVICE) || begins_as(&SERVICES) {
        return Some(Class::Service);
    }
    if let Some(class) = CRAWLER_LIST.class(agent) {
        return Some(class);
    }
    let lower = agent.to_ascii_lowercase();
    if BOT_SIGNS.iter().any(|sign| lower.contains(sign)) {
        return Some(Class::Bot);
    }
    begins_as(&BROWSERS).then_some(Class::Person)
}

/// Made when the first user agent is asked for.
static CRAWLER_LIST: LazyLock<Crawlers> = LazyLock::new(|| Crawlers::new(CRAWLERS));

/// The list: most of its patterns are plain texts, found all in one pass; the others are regular expressions.
struct Crawlers {
    texts: Option<AhoCorasick>,
    text_classes: Vec<Class>,
    patterns: RegexSet,
    pattern_classes: Vec<Class>,
}

impl Crawlers {
    fn new(list: &str) -> Self {
        let (mut texts, mut text_classes) = (Vec::new(), Vec::new());
        let (mut patterns, mut pattern_classes) = (Vec::new(), Vec::new());
        for (class, pattern) in list.lines().filter_map(|line| line.split_once('\t')) {
            let class = Class::of_name(class).unwrap_or(Class::Bot);
            match plain_text(pattern) {
                Some(text) => {
                    texts.push(text);
                    text_classes.push(class);
                }
                None => {
                    patterns.push(pattern);
                    pattern_classes.push(class);
                }
            }
        }
        let builder = || {
            let mut builder = AhoCorasick::builder();
            builder.start_kind(StartKind::Unanchored);
            builder
        };
        // The form that fits a processor's cache, at a quarter more time than the largest.
        let texts = builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts).ok();
        let patterns = RegexSet::new(patterns).unwrap_or_else(|_| RegexSet::empty());
        Self { texts, text_classes, patterns, pattern_classes }
    }

    /// A bot if any pattern says so, else a service if one says that.
    fn class(&self, agent: &str) -> Option<Class> {
        let mut found = None;
        if let Some(texts) = &self.texts {
            for text in texts.find_overlapping_iter(agent) {
                match self.text_classes[text.pattern().as_usize()] {
                    Class::Bot => return Some(Class::Bot),
                    class => found = Some(class),
                }
            }
        }
        for pattern in self.patterns.matches(agent) {
            match self.pattern_classes[pattern] {
                Class::Bot => return Some(Class::Bot),
                class => found = Some(class),
            }
        }
        found
    }
}

/// The text that a regular expression stands for, if it stands for one only.
fn plain_text(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next()? {
                class if class.is_ascii_alphanumeric() => return None,
                escaped => text.push(escaped),
            },
            '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}
