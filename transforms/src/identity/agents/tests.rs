//! User agents as they come, and the list against its source.

use super::*;
use serde_json::Value;

const SOURCE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/crawler-user-agents/crawler-user-agents.json");
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/crawler-user-agents/patterns.tsv");

fn source() -> Vec<Value> {
    let text = std::fs::read_to_string(SOURCE).unwrap();
    let Value::Array(entries) = serde_json::from_str(&text).unwrap() else { panic!("no list") };
    entries
}

/// Libraries that the source tags as such, and which are for crawling or made by its name.
fn is_of_frameworks(pattern: &str) -> bool {
    let frameworks = [
        "crawl",
        "bot",
        "scrapy",
        "httrack",
        "colly",
        "larbin",
        "newspaper",
        "trafilatura",
        "ninja",
        "btweb",
        "mechanize",
        "opengraph",
        "salesforce",
    ];
    let pattern = pattern.to_ascii_lowercase();
    // `[mM]echanize`
    let pattern = pattern.replace("[mm]", "m");
    frameworks.iter().any(|name| pattern.contains(name))
}

#[test]
fn the_list_is_that_of_its_source() {
    let mut expected = String::new();
    for entry in source() {
        let pattern = entry["pattern"].as_str().unwrap();
        let tags = entry["tags"].as_array();
        let is_library = tags.is_some_and(|tags| tags.iter().any(|tag| tag == "http-library"));
        let class = if is_library && !is_of_frameworks(pattern) { "service" } else { "bot" };
        expected.push_str(&format!("{class}\t{pattern}\n"));
    }
    if std::env::var_os("UPDATE_CRAWLERS").is_some() {
        std::fs::write(LIST, &expected).unwrap();
    } else {
        assert!(CRAWLERS == expected, "patterns.tsv is not of this crawler-user-agents.json");
    }
}

#[test]
fn every_pattern_is_at_work_and_every_instance_is_found() {
    let list = &*CRAWLER_LIST;
    let lines = CRAWLERS.lines().count();
    assert_eq!((list.text_classes.len() + list.patterns.len(), list.texts.is_some()), (lines, true));
    assert!(list.patterns.len() < 60, "{} are no plain texts", list.patterns.len());
    let (mut instances, mut missed) = (0, Vec::new());
    for entry in source() {
        for instance in entry["instances"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            instances += 1;
            if list.class(instance).is_none() {
                missed.push(instance.to_string());
            }
        }
    }
    assert!(instances > 2_000);
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn classes_of_user_agents_as_they_come() {
    use Class::*;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0";
    for (agent, class) in [
        (firefox, Some(Person)),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16", Some(Person)),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Some(Bot)),
        ("Mozilla/5.0 (compatible; Unheard-of/0.1; +https://example.org/why)", Some(Bot)),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/119.0 Safari/537.36", Some(Bot)),
        ("TinyCrawler 1.0", Some(Bot)),
        ("Scrapy/2.5.0 (+https://scrapy.org)", Some(Bot)),
        ("curl/7.68.0", Some(Service)),
        ("python-requests/2.31.0", Some(Service)),
        ("aws-sdk-java/2.20 Linux/5.10", Some(Service)),
        ("MyApp/1.2 okhttp/4.9.0", Some(Service)),
        ("kube-probe/1.28", Some(Service)),
        ("ELB-HealthChecker/2.0", Some(Service)),
        ("cloudformation.amazonaws.com", Some(Service)),
        ("console.amazonaws.com", Some(Person)),
        ("aws-cli/2.15.0 Python/3.11", None),
        ("", None),
        ("something else", None),
    ] {
        assert_eq!(Agents::default().class(agent), class, "{agent}");
    }
}

#[test]
fn the_configuration_comes_first() {
    let who = config::Who {
        bots: vec!["firefox".into()],
        services: vec!["Harvester".into()],
        persons: vec!["curl/".into()],
        ..config::Who::default()
    };
    let agents = Agents::new(&who).unwrap();
    assert_eq!(agents.class("Mozilla/5.0 Firefox/115.0"), Some(Class::Bot));
    assert_eq!(agents.class("OAI-harvester 3"), Some(Class::Service));
    assert_eq!(agents.class("CURL/8"), Some(Class::Person));
    assert_eq!(agents.class("Wget/1.21"), Some(Class::Service));
    let empty = config::Who { services: vec!["a".into(), " ".into()], ..config::Who::default() };
    let error = Agents::new(&empty).unwrap_err();
    assert_eq!((error.section, error.index), (["who", "services"].as_slice(), 1));
}

#[test]
fn plain_texts_of_patterns() {
    assert_eq!(plain_text(r"Googlebot\/").as_deref(), Some("Googlebot/"));
    assert_eq!(plain_text(r"a\.b \(c\)").as_deref(), Some("a.b (c)"));
    for pattern in ["^curl", "[wW]get", r"a\d", "a|b", "a.b"] {
        assert_eq!(plain_text(pattern), None, "{pattern}");
    }
}
