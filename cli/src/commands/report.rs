//! `catchwater report`: the questions that the store exists for, answered on the terminal, as data or as a page.

use crate::report::when::When;
use crate::report::{Format, Look, Shown, render};
use crate::{data_folder, settings, terminal};
use anyhow::{Result, bail};
use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_consumer_sqlite::report::{Answer, By, Filter, Question, ReportError, ask};
use catchwater_schemas::config::nearest;
use catchwater_schemas::time::Timestamp;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Most rows of a table, whatever is asked for: they are held in memory.
const MOST_ROWS: i64 = 1_000_000;

/// Ask the store: who queries what, what is asked, where files move
///
/// Reads the SQLite store, also while the pipeline writes to it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  catchwater report who-queries-what --since 7d --by day --chart
  catchwater report queries --service portal --format html > queries.html
  catchwater report agent 203.0.113.9
  catchwater report agent '*googlebot*' --since 2026-11-01 --until 2026-12-01
  catchwater report file-moves --format csv --limit 100000 > moves.csv
  catchwater report queries --by hour --table over_time --format csv
  catchwater report preservation-events --object druid:bc123df4567")]
pub struct Args {
    #[command(subcommand)]
    report: Report,
}

#[derive(clap::Subcommand)]
enum Report {
    /// Who queried which services, and how often
    WhoQueriesWhat {
        #[command(flatten)]
        options: Options,
    },
    /// What was asked, how frequently, with which errors and how fast
    Queries {
        #[command(flatten)]
        options: Options,
    },
    /// What one agent asks
    Agent {
        /// Its name as who, user, application or organisation, its address, or a part of its user agent; * is any text
        name: String,
        #[command(flatten)]
        options: Options,
    },
    /// Which file moved where, and what was begun and never ended
    FileMoves {
        #[command(flatten)]
        options: Options,
    },
    /// What happened to preserved objects (PREMIS)
    PreservationEvents {
        /// The history of this object
        #[arg(long, value_name = "ID")]
        object: Option<String>,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(clap::Args)]
struct Options {
    /// From this time on: 2d, 3h, 2026-11-01, 2026-11-01T10:00Z (UTC without zone); from the first event without it
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    since: Option<When>,
    /// Up to before this time
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    until: Option<When>,
    /// Also over time, by these stretches of it
    #[arg(long, value_name = "LENGTH", value_parser = by)]
    by: Option<By>,
    /// How it is shown; csv is one table, the first unless --table names another
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Only this table of the report, by its name in json: over_time, summary …
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Only of this service
    #[arg(long)]
    service: Option<String>,
    /// Most rows of a table; 20 by default, 1,000 for csv and json, 100 for html
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=MOST_ROWS))]
    limit: Option<u32>,
    /// Draw bars on the terminal (a page of HTML always has them)
    #[arg(long)]
    chart: bool,
    /// The store's file; else that of the configuration in the data folder
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Configuration whose [sink.sqlite] names the store
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder of the pipeline
    #[arg(long, value_name = "FOLDER", env = "CATCHWATER_DATA_DIR", default_value = data_folder::DEFAULT)]
    data_dir: PathBuf,
}

fn by(name: &str) -> Result<By, String> {
    let names = By::ALL.iter().map(|by| by.as_str());
    let found = By::ALL.into_iter().find(|by| by.as_str() == name);
    found.ok_or_else(|| format!("give one of {}", names.collect::<Vec<_>>().join(", ")))
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    let (question, options) = args.report.asked();
    let now = Timestamp::from_millis(SystemClock.now_millis()).unwrap_or_default();
    let filter = options.filter(now)?;
    let store = options.store()?;
    let waiting = terminal::waiting(&format!("reading {}", store.display()));
    let answer = ask(&store, &question, &filter);
    waiting.finish_and_clear();
    let mut answer = match answer {
        Err(ReportError::NoService { given, services }) => bail!(no_service(&given, &services)),
        answer => answer?,
    };
    if let Some(table) = &options.table {
        keep_only(&mut answer, table)?;
    }
    let store = std::path::absolute(&store).unwrap_or(store).display().to_string();
    let shown = Shown { answer: &answer, filter: &filter, store, made: now };
    let text = render(&shown, options.format, Look::of_stdout(options.chart));
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Who reads us has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Report {
    fn asked(self) -> (Question, Options) {
        match self {
            Report::WhoQueriesWhat { options } => (Question::WhoQueriesWhat, options),
            Report::Queries { options } => (Question::Queries, options),
            Report::Agent { name, options } => (Question::Agent(name), options),
            Report::FileMoves { options } => (Question::FileMoves, options),
            Report::PreservationEvents { object, options } => (Question::PreservationEvents { object }, options),
        }
    }
}

impl Options {
    fn filter(&self, now: Timestamp) -> Result<Filter> {
        let (since_ns, until_ns) = (self.since.map(|t| t.nanos(now)), self.until.map(|t| t.nanos(now)));
        if let (Some(since), Some(until)) = (since_ns, until_ns)
            && since >= until
        {
            let (since, until) = (Timestamp::from_nanos(since), Timestamp::from_nanos(until));
            bail!("no time lies between --since {since} and --until {until}; --until must be the later one");
        }
        let limit = self.limit.unwrap_or(match self.format {
            Format::Table => 20,
            Format::Html => 100,
            Format::Csv | Format::Json => 1_000,
        });
        Ok(Filter { since_ns, until_ns, service: self.service.clone(), by: self.by, limit })
    }

    /// The store's file, which must be there.
    fn store(&self) -> Result<PathBuf> {
        let file = match &self.store {
            Some(file) => file.clone(),
            None => settings::load(self.config.as_deref(), None)?.sink.store_in(&self.data_dir),
        };
        if file.is_file() {
            return Ok(file);
        }
        let place = std::path::absolute(&file).unwrap_or(file);
        bail!(
            "there is no store at {}; `catchwater up` makes one in its data folder: name that with --data-dir, or the store's file with --store",
            place.display()
        )
    }
}

/// Keeps one table of the answer.
fn keep_only(answer: &mut Answer, table: &str) -> Result<()> {
    let names: Vec<&str> = answer.sections.iter().map(|section| section.name).collect();
    if !names.contains(&table) {
        bail!("this report has no table `{table}`; there are: {} (and more with --by)", names.join(", "));
    }
    answer.sections.retain(|section| section.name == table);
    Ok(())
}

fn no_service(given: &str, services: &[String]) -> String {
    const MOST_NAMED: usize = 20;
    let meant = nearest(given, services.iter().map(String::as_str));
    let meant = meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    let rest = services.len().saturating_sub(MOST_NAMED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let named: Vec<&str> = services.iter().take(MOST_NAMED).map(String::as_str).collect();
    let text = format!("there is no service `{given}` in the store{meant}\n  there are: {}{more}", named.join(", "));
    crate::report::harmless_lines(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Command;
    use crate::report::tests::store;
    use clap::Parser;

    /// What a command line prints on a terminal of 100 columns, of the store of the golden files.
    fn printed(line: &str) -> String {
        let Some(Command::Report(args)) = crate::Cli::try_parse_from(line.split(' ')).unwrap().command else {
            panic!("{line} is no report");
        };
        let (question, options) = args.report.asked();
        let filter = options.filter(Timestamp::default()).unwrap();
        let mut answer = ask(&store().0, &question, &filter).unwrap();
        if let Some(table) = &options.table {
            keep_only(&mut answer, table).unwrap();
        }
        let look = Look { width: Some(100), colours: false, unicode: true, chart: options.chart };
        let shown = Shown { answer: &answer, filter: &filter, store: String::new(), made: Timestamp::default() };
        render(&shown, options.format, look)
    }

    #[test]
    fn the_docs_show_what_the_commands_print() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
        let text = std::fs::read_to_string(&page).unwrap();
        let mut parts = text.split("```text\n$ ");
        let mut fresh = parts.next().unwrap().to_string();
        let mut shown = 0;
        for part in parts {
            let (block, rest) = part.split_once("```").unwrap();
            let command = block.lines().next().unwrap();
            fresh.push_str(&format!("```text\n$ {command}\n{}```{rest}", printed(command)));
            shown += 1;
        }
        assert!(shown >= 5, "each report is shown");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            return std::fs::write(&page, &fresh).unwrap();
        }
        assert!(text == fresh, "docs/reports.md shows what is printed no more; UPDATE_GOLDEN=1 writes it anew");
    }

    #[test]
    fn a_range_without_time_in_it_and_wrong_options_are_refused() {
        let line = |options: &str| format!("catchwater report queries {options}");
        let parsed = |options: &str| crate::Cli::try_parse_from(line(options).split(' ')).map(|cli| cli.command);
        for wrong in ["--by fortnight", "--since tomorrow", "--limit 0", "--limit 1000001", "--format yaml"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        let Ok(Some(Command::Report(args))) = parsed("--since 2026-11-02 --until 2026-11-01") else { panic!() };
        let refused = args.report.asked().1.filter(Timestamp::default()).unwrap_err().to_string();
        assert!(refused.contains("--until must be the later one"), "{refused}");
    }

    #[test]
    fn one_table_may_be_chosen() {
        let csv = printed("catchwater report queries --by day --table over_time --format csv");
        assert!(csv.starts_with("time,count,") && csv.lines().count() == 4, "{csv}");
        let mut answer = ask(&store().0, &Question::Queries, &Filter::default()).unwrap();
        let refused = keep_only(&mut answer, "over_time").unwrap_err().to_string();
        assert!(refused.contains("operations, texts") && refused.contains("--by"), "{refused}");
    }

    #[test]
    fn an_unknown_service_is_told_with_the_nearest() {
        let services = ["catalogue".to_string(), "port\u{1b}al".to_string()];
        let told = no_service("catalog", &services);
        assert!(told.contains("did you mean `catalogue`?") && told.contains("port␛al"), "{told}");
    }
}
