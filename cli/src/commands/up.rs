//! `catchwater up`: the whole pipeline on this machine.

use crate::data_folder::{self, DataFolder, Endpoint};
use crate::keyring::keyring;
use crate::pipeline::{self, Pipeline};
use crate::samples::SAMPLES;
use crate::{format_name, page, settings, terminal};
use anyhow::{Context, Result};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::world::SystemClock;
use catchwater_producers::agent::{Agent, Followed, PositionsFile};
use catchwater_producers::envelope::{Hint, LogStream};
use catchwater_producers::file::log_stream_of;
use catchwater_producers::put_files::{Input, Source, put_sources};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

/// Run the whole pipeline on this machine
///
/// An embedded Kinesis that any AWS SDK can put records to, the transform, SQLite as the store, dead letters in a
/// folder, and a web page. What was accepted survives SIGKILL and a restart. Ctrl-C stops it.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Configuration, TOML; without it the embedded defaults, and the sample logs are loaded once
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where all data lies
    #[arg(long, value_name = "FOLDER", env = "CATCHWATER_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Follow these files as `tail -F` does; without sample logs
    #[arg(long, value_name = "FILE", num_args = 1..)]
    follow: Vec<PathBuf>,
    /// Format of the followed files, also one of the configuration; without it it is found by looking at each line
    #[arg(long, requires = "follow")]
    format: Option<String>,
    /// Service's name for the followed files
    #[arg(long, requires = "follow")]
    service: Option<String>,
    /// Do not load the sample logs
    #[arg(long)]
    no_samples: bool,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    terminal::log_to_stderr();
    let keyring = keyring();
    let config = settings::load(args.config.as_deref(), Some(&keyring))?;
    if let Some(name) = &args.format {
        format_name::check(name, config.format.keys())?;
    }
    let path = args.data_dir.clone().unwrap_or_else(|| data_folder::DEFAULT.into());
    let folder = DataFolder::lock(&path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(up(&args, &config, &folder, &keyring));
    // Blocking work that is under way is let go: what it has not committed comes again.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

async fn up(args: &Args, config: &settings::Config, folder: &DataFolder, keyring: &Keyring) -> Result<()> {
    let interrupted = interrupted()?;
    let (kinesis, kinesis_note) = listen(&config.listen.kinesis).await?;
    let (page, page_note) = listen(&config.listen.page).await?;
    let endpoint = Endpoint {
        pid: std::process::id(),
        kinesis: format!("http://{}", kinesis.local_addr()?),
        page: format!("http://{}", page.local_addr()?),
        formats: config.format.keys().cloned().collect(),
    };
    let pipeline = Arc::new(pipeline::start(config, folder, keyring).await?);
    let wire = tokio::spawn(catchwater_stream::wire::serve(kinesis, pipeline.streams.clone(), pipeline.stopped()));
    let site = tokio::spawn(page::serve(page, page::Site::new(pipeline.clone(), config.sink.store(folder)), pipeline.stopped()));
    let wants_samples = args.config.is_none() && args.follow.is_empty() && !args.no_samples;
    let samples = wants_samples && !folder.samples_loaded().exists();
    // Before the address is known: who asks at once is not told that all is there.
    pipeline.is_loading.store(samples, Ordering::Release);
    folder.announce(&endpoint)?;
    greet(args, config, folder, &endpoint, &[kinesis_note, page_note]);

    let work = async {
        if samples {
            load_samples(folder, &pipeline).await?;
            pipeline.is_loading.store(false, Ordering::Release);
        }
        match args.follow[..] {
            [] => std::future::pending().await,
            _ => follow(args, folder, &pipeline).await,
        }
    };
    let ended: Result<()> = tokio::select! {
        () = interrupted => Ok(()),
        ended = work => ended,
    };
    eprintln!("\nstopping …");
    pipeline.begin_stop();
    let (wire, site) = tokio::join!(wire, site);
    wire.context("the embedded Kinesis")?.context("the embedded Kinesis")?;
    site.context("the page")?.context("the page")?;
    if let Some(pipeline) = Arc::into_inner(pipeline) {
        pipeline.stop().await;
    }
    eprintln!("stopped; everything that was accepted lies in {}", folder.path().display());
    ended
}

/// Is ready at Ctrl-C or SIGTERM.
fn interrupted() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens on the address, or on a free port beside it where it is in use; then with a note for the user.
async fn listen(address: &str) -> Result<(TcpListener, Option<String>)> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok((listener, None)),
        Err(e) if e.kind() == ErrorKind::AddrInUse => {
            let host = address.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host);
            let free = format!("{host}:0");
            let listener = TcpListener::bind(&free).await.with_context(|| format!("no free port on {host}"))?;
            let note = format!("{address} is in use; took {} instead", listener.local_addr()?);
            Ok((listener, Some(note)))
        }
        Err(e) => Err(e).with_context(|| format!("cannot listen on {address}; set [listen] in a configuration")),
    }
}

fn is_loopback(address: &str) -> bool {
    use std::net::ToSocketAddrs;
    address.to_socket_addrs().is_ok_and(|mut all| all.all(|a| a.ip().is_loopback()))
}

fn greet(args: &Args, config: &settings::Config, folder: &DataFolder, endpoint: &Endpoint, notes: &[Option<String>]) {
    let data = std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().to_path_buf());
    println!("catchwater {}", env!("CARGO_PKG_VERSION"));
    for note in notes.iter().flatten() {
        println!("  note     {note}");
    }
    println!("  page     {}", endpoint.page);
    println!("  kinesis  {}   streams `raw` (put here) and `events`", endpoint.kinesis);
    println!("  data     {}", data.display());
    let exposed = [&config.listen.kinesis, &config.listen.page].iter().any(|a| !is_loopback(a));
    if exposed {
        println!("  warning  open to the network without any check of who asks: see [listen]");
    }
    let folder_option = if args.data_dir.is_some() { format!("--data-dir {} ", folder.path().display()) } else { String::new() };
    println!("send something, from another terminal:");
    println!("  catchwater put {folder_option}access.log");
    // `fileb://` means the same to both versions of the command; text after `--data` does not.
    println!("  aws kinesis put-record --endpoint-url {} --stream-name raw --partition-key k \\", endpoint.kinesis);
    println!("    --data fileb://access.log");
    println!("Ctrl-C stops it; nothing that was accepted is lost.");
}

async fn load_samples(folder: &DataFolder, pipeline: &Pipeline) -> Result<()> {
    let bar = terminal::progress_over(SAMPLES.iter().map(|s| s.bytes.len() as u64).sum());
    let sources = SAMPLES.iter().map(|sample| Source {
        input: Input::Reader {
            run: format!("sample {}", sample.name),
            timestamp_millis: sample.time_millis,
            reader: Box::new(sample.bytes),
        },
        log: LogStream {
            account: String::new(),
            log_group: format!("samples/{}", sample.name),
            log_stream: "embedded".into(),
        },
        hint: Hint::default(),
    });
    put_sources(&pipeline.raw, sources.collect(), |p| bar.set_position(p.bytes_read)).await?;
    bar.finish_and_clear();
    let marker = folder.samples_loaded();
    std::fs::write(&marker, b"").with_context(|| format!("cannot write {}", marker.display()))?;
    println!("sample logs are loaded: {} files", SAMPLES.len());
    Ok(())
}

async fn follow(args: &Args, folder: &DataFolder, pipeline: &Pipeline) -> Result<()> {
    let hint = Hint { format: args.format.clone(), service: args.service.clone() };
    let followed = args.follow.iter().map(|file| {
        let path = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        Followed { log: log_stream_of(&path), path, hint: hint.clone() }
    });
    let positions = PositionsFile::at(&folder.follow());
    let agent = Agent::new(followed.collect(), positions, pipeline.raw.clone(), Arc::new(SystemClock))?;
    agent.follow(|_| ()).await?;
    Ok(())
}
