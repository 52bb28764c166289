//! Which format, service and options a log event has: the first route of the configuration that matches. Its patterns
//! are [`glob`]s; [`index`] finds it among many without trying each.

mod glob;
mod index;

pub(crate) use glob::Glob;

use crate::formats::{self, Format};
use crate::join::Joining;
use crate::options::CompiledOptions;
use crate::user_format::UserFormats;
use catchwater_schemas::config::{Extractor, Identity, Pipeline, Route, RoutePrivacy, nearest};
use catchwater_schemas::time::parse_offset;
use index::Index;

/// A route of the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("route {index}: {message}{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
pub struct RouteError {
    /// Number of the `[[route]]` section, from 1.
    pub index: usize,
    /// The key that is wrong, as a path below the route: `format`, `options.width`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The nearest valid value.
    pub suggestion: Option<String>,
}

/// What the configuration says of log events that one route matches.
#[derive(Clone)]
pub struct Rule {
    /// Of account, log group and log stream.
    patterns: Patterns,
    /// The format; `None`: found by looking at the line.
    pub format: Option<&'static Format>,
    /// `service.name`.
    pub service: Option<String>,
    /// Zone of times that have none, seconds east of UTC.
    pub zone_seconds: i32,
    /// Identity of log events without ids.
    pub identity: Identity,
    /// Keep the line as `event.original`.
    pub original: bool,
    /// `catchwater.revision`.
    pub revision: u64,
    /// Leave the log events out, counted under this reason.
    pub drop: Option<String>,
    /// Options of the format.
    pub options: Option<CompiledOptions>,
    /// Which log events are joined.
    pub joining: Joining,
    /// Where `catchwater.who` comes from, where that is not as for all.
    pub who: Option<Vec<Extractor>>,
    /// What of persons is kept, where that is not as for all.
    pub privacy: RoutePrivacy,
}

/// What account, log group and log stream must be like; `None`: any.
type Patterns = [Option<Glob>; 3];

/// All routes, compiled; the last rule is what counts where none matches.
pub struct Routes {
    rules: Vec<Rule>,
    index: Index,
}

impl Routes {
    /// Compiles the routes; formats are looked up among `formats` and those of the configuration.
    pub fn new(
        pipeline: &Pipeline,
        routes: &[Route],
        formats: &[&'static Format],
        user: &UserFormats,
    ) -> Result<Self, RouteError> {
        let (rules, mistakes) = compile_all(pipeline, routes, formats, user);
        if let Some(mistake) = mistakes.into_iter().next() {
            return Err(mistake);
        }
        let index = Index::new(rules.iter().map(|rule| &rule.patterns));
        Ok(Self { rules, index })
    }

    /// Everything that is wrong with the routes.
    pub fn mistakes(
        pipeline: &Pipeline,
        routes: &[Route],
        formats: &[&'static Format],
        user: &UserFormats,
    ) -> Vec<RouteError> {
        compile_all(pipeline, routes, formats, user).1
    }

    /// Place of the rule for log events of this lineage.
    pub fn find(&self, account: &str, log_group: &str, log_stream: &str) -> usize {
        let texts = [account, log_group, log_stream];
        let found = self.index.first(texts, |place| matches(&self.rules[place].patterns, texts));
        found.unwrap_or(self.rules.len() - 1)
    }

    /// How many rules there are: the routes, and the one of no route behind them.
    #[expect(clippy::len_without_is_empty, reason = "there is always the rule of no route")]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// The rule at this place.
    pub fn rule(&self, place: usize) -> &Rule {
        &self.rules[place]
    }
}

fn matches(patterns: &Patterns, texts: [&str; 3]) -> bool {
    patterns.iter().zip(texts).all(|(glob, text)| glob.as_ref().is_none_or(|glob| glob.matches(text)))
}

/// The rules, the one of no route behind them, and what is wrong with the routes.
fn compile_all(
    pipeline: &Pipeline,
    routes: &[Route],
    formats: &[&'static Format],
    user: &UserFormats,
) -> (Vec<Rule>, Vec<RouteError>) {
    let mut mistakes = Vec::new();
    let none = Route::default();
    let numbered = routes.iter().chain([&none]).enumerate();
    let rules = numbered.map(|(n, route)| compile(n + 1, route, pipeline, (formats, user), &mut mistakes));
    (rules.collect(), mistakes)
}

/// Compiles a route; what is wrong with it goes to `mistakes`, and is as if it were not given.
fn compile(
    index: usize,
    route: &Route,
    pipeline: &Pipeline,
    (known, user): (&[&'static Format], &UserFormats),
    mistakes: &mut Vec<RouteError>,
) -> Rule {
    let mut wrong = |error: RouteError| mistakes.push(error);
    let error = |key: &str, message: String| RouteError { index, key: key.into(), message, suggestion: None };
    let format = route.format.as_ref().and_then(|name| {
        let found = known.iter().copied().find(|f| f.name == name);
        let found = found.or_else(|| user.find(name).map(|(format, _)| format));
        if found.is_none() {
            let suggestion = nearest(name, known.iter().map(|f| f.name).chain(user.names()));
            wrong(RouteError { suggestion, ..error("format", format!("there is no format `{name}`")) });
        }
        found
    });
    let zone = route.timezone.as_deref().filter(|zone| *zone != "UTC");
    let zone_seconds = zone.map(|zone| parse_offset(zone.as_bytes()).ok_or(zone)).transpose();
    let zone_seconds = zone_seconds.unwrap_or_else(|zone| {
        wrong(error("timezone", format!("`{zone}` is no offset from UTC such as `+02:00`, nor `UTC`")));
        None
    });
    let joining = Joining::new(&route.multiline).unwrap_or_else(|message| {
        wrong(error("multiline", message));
        Joining::Off
    });
    // Without its format nothing can be said of its options.
    let is_known = format.is_some() || route.format.is_none();
    let options = if is_known { compile_options(index, route, format) } else { Ok(None) };
    // A format of the configuration is what its pattern says.
    let own = format.and_then(|format| user.find(format.name)).map(|(_, pattern)| pattern);
    let options = options.unwrap_or_else(|error| {
        wrong(error);
        None
    });
    let glob = |text: &Option<String>| text.as_deref().map(Glob::new);
    Rule {
        patterns: [glob(&route.account), glob(&route.log_group), glob(&route.log_stream)],
        format,
        service: route.service.clone(),
        zone_seconds: zone_seconds.unwrap_or_default(),
        identity: route.identity,
        original: route.original,
        revision: route.revision.unwrap_or(pipeline.revision),
        drop: route.drop.clone(),
        options: own.or(options),
        joining,
        who: route.who.clone(),
        privacy: route.privacy,
    }
}

fn compile_options(
    index: usize,
    route: &Route,
    format: Option<&'static Format>,
) -> Result<Option<CompiledOptions>, RouteError> {
    if route.options.is_empty() {
        return Ok(None);
    }
    let failed = |key: String, message: String, suggestion: Option<String>| {
        let key = if key.is_empty() { "options".into() } else { format!("options.{key}") };
        Err(RouteError { index, key, message, suggestion })
    };
    let Some(format) = format else {
        return failed("".into(), "options need a format that takes them".into(), None);
    };
    let Some(options) = &format.options else {
        return failed("".into(), format!("the format `{}` takes no options", format.name), None);
    };
    let known = || options.keys.iter().map(|(key, _)| *key);
    match (options.read)(&route.options) {
        Ok(compiled) => Ok(Some(compiled)),
        Err(error) if !known().any(|key| key == error.key) && !error.key.is_empty() => {
            let meant = nearest(&error.key, known());
            failed(error.key.clone(), format!("`{}` takes no option `{}`", format.name, error.key), meant)
        }
        Err(error) => failed(error.key, error.message, None),
    }
}

/// The formats that routes may name.
pub fn known_formats() -> &'static [&'static Format] {
    formats::REGISTRY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_matches_counts_and_else_the_defaults() {
        let pipeline = Pipeline { revision: 7, ..Pipeline::default() };
        let routes = [
            Route { account: Some("1*".into()), log_group: Some("/web".into()), ..Route::default() },
            Route {
                log_group: Some("/web*".into()),
                revision: Some(9),
                timezone: Some("-05:30".into()),
                ..Route::default()
            },
        ];
        let routes = Routes::new(&pipeline, &routes, &[], &UserFormats::default()).unwrap();
        assert_eq!(routes.find("12", "/web", "s"), 0);
        assert_eq!(routes.find("22", "/web", "s"), 1);
        assert_eq!(routes.find("12", "/db", "s"), 2);
        assert_eq!((routes.rule(1).revision, routes.rule(1).zone_seconds), (9, -19_800));
        assert_eq!(routes.rule(2).revision, 7);
    }

    #[test]
    fn errors_name_the_route_and_the_nearest_value() {
        let wrong = |route: Route| {
            let none = UserFormats::default();
            Routes::new(&Pipeline::default(), &[Route::default(), route], known_formats(), &none)
                .err()
                .unwrap()
        };
        let zone = wrong(Route { timezone: Some("CET".into()), ..Route::default() });
        assert_eq!((zone.index, zone.key.as_str()), (2, "timezone"));
        let format = wrong(Route { format: Some("plian".into()), ..Route::default() });
        assert_eq!(format.to_string(), "route 2: there is no format `plian`; did you mean `plain`?");
    }
}
