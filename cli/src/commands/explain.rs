//! `catchwater explain`: why a line becomes what it does.

use crate::explanation::{self, Asked};
use crate::misuse::Misuse;
use crate::report::{Look, when::When};
use catchwater_settings::tables::Watched;
use crate::{format_name, settings};
use anyhow::{Context, Result};
use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_schemas::config::Route;
use catchwater_schemas::time::Timestamp;
use catchwater_transforms::formats::REGISTRY;
use catchwater_transforms::route::Routes;
use catchwater_transforms::transform::{Transform, explain};
use catchwater_transforms::user_format::UserFormats;
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// So much of the input is read.
const MOST_BYTES: u64 = 1 << 20;

/// Explain what becomes of a line, and why
///
/// Tells of every format whether it claims the line by its looks and whether its parser takes it, which one is picked and
/// why, and of each field of the event its value and what set it: the format, or a stage behind it. The event is the one
/// that the pipeline makes.
///
/// Of standard input and files each line is a log event, and lines are joined as the pipeline joins them.
#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 if a typed event came out, 1 if nothing but `plain` took the line or no event came of it, 2 if what was asked
cannot be done.

Examples:
  catchwater explain '203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 5'
  catchwater explain --config catchwater.toml --log-group /doors --file door.log
  tail -1 app.log | catchwater explain --format logfmt --json - | jq '.entries[].events[].fields'")]
pub struct Args {
    /// The line, one log event; `-` is standard input
    #[arg(conflicts_with = "file")]
    line: Option<String>,
    /// Read the lines of this file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// All lines of the input are one log event
    #[arg(long)]
    whole: bool,
    /// Use this format, whatever the route says
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Take routes, formats and all else from this configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// AWS account of the line, for routes that ask for it
    #[arg(long, default_value = "", hide_default_value = true)]
    account: String,
    /// Log group of the line, which finds its route
    #[arg(long, default_value = "", hide_default_value = true)]
    log_group: String,
    /// Log stream of the line
    #[arg(long, default_value = "", hide_default_value = true)]
    log_stream: String,
    /// The log event's own time, for lines that have none or no year: 2026-11-01T10:00Z, 2d ago as `2d`; now if not given
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    time: Option<When>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let (text, typed) = explained(&args).map_err(Misuse::of)?;
    match std::io::stdout().write_all(text.as_bytes()) {
        // Who reads us has seen enough.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => return Err(Misuse::of(e.into())),
        _ => {}
    }
    Ok(if typed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is printed, and whether a typed event came out.
fn explained(args: &Args) -> Result<(String, bool)> {
    let mut config = match &args.config {
        Some(file) => settings::load(Some(file), None)?,
        None => settings::Config::default(),
    };
    let forced = match &args.format {
        Some(name) => Some(forced(args, name, &config)?),
        None => None,
    };
    if let Some(Forced { route, .. }) = &forced {
        config.route.insert(0, route.clone());
    }
    let now = SystemClock.now_millis();
    let time_millis = args.time.map_or(now, |time| {
        let now = Timestamp::from_millis(now).unwrap_or_default();
        Timestamp::from_nanos(time.nanos(now)).millis()
    });
    let input = Input::read(args)?;
    let messages = input.messages(args);
    let tables = Watched::open(&config.who.tables)?.shared();
    let parts = settings::parts(&config, tables)?;
    let redactor = catchwater_transforms::redact::Redactor::new(&parts.redact)?;
    let asked = explain::Asked {
        account: &args.account,
        log_group: &args.log_group,
        log_stream: &args.log_stream,
        time_millis,
        messages: &messages,
    };
    let mut told = Transform::new(&parts)?.explain(&asked);
    if let Some(forced) = &forced {
        told.route = forced.place;
    }
    // The route that counts, as the configuration has it.
    let shift = usize::from(forced.is_some());
    let route = told.route.and_then(|place| config.route.get(place + shift));
    let asked = Asked { told: &told, route, forced: args.format.as_deref(), cut: input.is_cut, redactor: &redactor };
    let text = if args.json { explanation::json::render(&asked)? } else { explanation::text::render(&asked, Look::of_stdout(false)) };
    Ok((text, asked.is_typed()))
}

/// A route that does what the matching one does, but for its format.
struct Forced {
    /// Place of the matching one in the configuration.
    place: Option<usize>,
    route: Route,
}

fn forced(args: &Args, name: &str, config: &settings::Config) -> Result<Forced> {
    format_name::check(name, config.format.keys())?;
    let (own, _) = UserFormats::new(&config.format);
    let routes = Routes::new(&config.pipeline, &config.route, REGISTRY, &own)?;
    let place = routes.find(&args.account, &args.log_group, &args.log_stream);
    let matching = config.route.get(place);
    let mut route = matching.cloned().unwrap_or_default();
    if route.format.as_deref() != Some(name) {
        route.options.clear();
    }
    Ok(Forced {
        place: matching.map(|_| place),
        route: Route { format: Some(name.to_string()), account: None, log_group: None, log_stream: None, ..route },
    })
}

/// What is explained.
struct Input {
    text: String,
    /// There was more of it than is read.
    is_cut: bool,
}

impl Input {
    fn read(args: &Args) -> Result<Self> {
        let of_file = |path: &Path| -> Result<Self> {
            let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            Self::of(file).with_context(|| format!("cannot read {}", path.display()))
        };
        let input = match (&args.line, &args.file) {
            (_, Some(path)) if path != Path::new("-") => of_file(path)?,
            (Some(line), None) if line != "-" => return Ok(Self { text: line.clone(), is_cut: false }),
            (None, None) if std::io::stdin().is_terminal() => {
                return Err(Misuse("there is nothing to explain: give a line, `--file FILE`, or `-` for standard input".into()).into());
            }
            _ => Self::of(std::io::stdin().lock()).context("cannot read standard input")?,
        };
        Ok(input)
    }

    fn of(from: impl Read) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        let is_cut = bytes.len() as u64 > MOST_BYTES;
        if is_cut {
            // Only whole lines are explained.
            bytes.truncate(bytes.iter().rposition(|b| *b == b'\n').unwrap_or(MOST_BYTES as usize));
        }
        Ok(Self { text: String::from_utf8_lossy(&bytes).into_owned(), is_cut })
    }

    fn messages(&self, args: &Args) -> Vec<&str> {
        let is_argument = args.line.as_ref().is_some_and(|line| line != "-");
        let text = self.text.strip_suffix('\n').unwrap_or(&self.text);
        if args.whole || is_argument { vec![text] } else { text.split('\n').collect() }
    }
}
