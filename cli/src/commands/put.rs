//! `catchwater put`: files and standard input onto the raw stream of the running pipeline.

use crate::data_folder::{self, Endpoint};
use crate::pipeline::RAW;
use crate::{format_name, terminal};
use anyhow::{Result, bail};
use catchwater_consumer_core::world::{Clock, SystemClock, SystemRng};
use catchwater_producers::envelope::{Hint, LogStream};
use catchwater_producers::file::log_stream_of;
use catchwater_producers::http::HttpPutRecords;
use catchwater_producers::put_files::{Input, Loaded, Source, put_sources};
use catchwater_producers::put_records::{PutRecords, PutSettings};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a pipeline that does not answer is tried.
const PATIENCE: Duration = Duration::from_secs(5);

/// Send files to the running pipeline
///
/// Lines of a log, or CloudWatch Logs envelopes; gzip or not; `-` is standard input. The pipeline is found by its data
/// folder. A file sent twice is stored once.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  catchwater put access.log access.log.1.gz --format nginx_access --service portal\n  journalctl -o cat | catchwater put -")]
pub struct Args {
    /// What to send; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Format of the lines, where no route says, also one of the pipeline's configuration; without it it is found by looking at each line
    #[arg(long)]
    format: Option<String>,
    /// Service's name, where no route says
    #[arg(long)]
    service: Option<String>,
    /// Data folder of the running pipeline
    #[arg(long, value_name = "FOLDER", env = "CATCHWATER_DATA_DIR", default_value = data_folder::DEFAULT)]
    data_dir: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    terminal::log_to_stderr();
    let endpoint = Endpoint::find(&args.data_dir)?;
    if let Some(name) = &args.format {
        format_name::check(name, endpoint.formats.iter())?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(put(&args, &endpoint));
    // A thread may still wait for standard input.
    runtime.shutdown_background();
    ended
}

async fn put(args: &Args, endpoint: &Endpoint) -> Result<ExitCode> {
    let settings = PutSettings { patience: Some(PATIENCE), ..PutSettings::default() };
    let api = Arc::new(HttpPutRecords::new(&endpoint.kinesis));
    let writer = PutRecords::new(api, RAW, Arc::new(SystemClock), Arc::new(SystemRng), settings);
    let sources = args.files.iter().map(|file| source(args, file)).collect();
    let started = Instant::now();
    let bar = terminal::progress_over(0);
    let put = put_sources(&writer, sources, |p| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes_read);
        bar.set_message(format!("{} log events", p.log_events));
    });
    let put = put.await;
    bar.finish_and_clear();
    match put {
        Ok(loaded) => Ok(tell(&loaded, started.elapsed())),
        Err(e) => bail!(
            "{e}\n  the pipeline was expected at {}; is it running? `catchwater up` starts it. What was not taken can be put again: nothing comes twice",
            endpoint.kinesis
        ),
    }
}

fn source(args: &Args, file: &Path) -> Source {
    let hint = Hint { format: args.format.clone(), service: args.service.clone() };
    if file == Path::new("-") {
        let now = SystemClock.now_millis();
        let run = format!("{now}-{}", std::process::id());
        let log = LogStream {
            account: String::new(),
            log_group: "stdin".into(),
            log_stream: run.clone(),
        };
        let input = Input::Reader { run, timestamp_millis: now, reader: Box::new(std::io::stdin()) };
        return Source { input, log, hint };
    }
    Source { input: Input::File(file.to_path_buf()), log: log_stream_of(file), hint }
}

fn tell(loaded: &Loaded, took: Duration) -> ExitCode {
    let p = &loaded.progress;
    let rate = p.log_events as f64 / took.as_secs_f64().max(0.001);
    println!("put {} log events in {} records, {:.1} MB read, {rate:.0} a second", p.log_events, p.records, p.bytes_read as f64 / 1e6);
    for (count, what) in [
        (loaded.changed.cut, "lines were too long and were cut"),
        (loaded.changed.replaced, "lines were no UTF-8; what was broken is U+FFFD now"),
        (loaded.too_large, "records were larger than the stream takes and were left out"),
    ] {
        if count > 0 {
            eprintln!("catchwater: {count} {what}");
        }
    }
    for unread in &loaded.unread {
        eprintln!("catchwater: cannot read {}: {}; what was read of it was put", unread.name, unread.cause);
    }
    if loaded.unread.is_empty() && loaded.too_large == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
