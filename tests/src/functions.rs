//! Our Lambda functions as they are shipped, and the processes in which ministack runs them: their memory, and their death
//! at any moment.

use crate::emulator::Emulator;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The zip of a function as `cargo lambda build --output-format zip` leaves it beside the tests' own build.
pub fn zip_of(function: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let target = test.ancestors().nth(3).expect("target/debug/deps/test");
    let zip = target.join("lambda").join(function).join("bootstrap.zip");
    assert!(zip.exists(), "{} is not there: run `cargo lambda build` first", zip.display());
    zip
}

/// The program in a function's zip.
pub fn bootstrap(zip: &Path) -> Vec<u8> {
    let output = Command::new("unzip").arg("-p").arg(zip).arg("bootstrap").output();
    let output = output.unwrap_or_else(|e| panic!("unzip does not run ({e}): install it"));
    assert!(output.status.success(), "no bootstrap in {}", zip.display());
    output.stdout
}

/// The newest version of glibc's symbols, 2.x, that a zip's `bootstrap` asks for: Amazon Linux 2023 has 2.34.
pub fn newest_glibc(zip: &Path) -> u32 {
    let program = bootstrap(zip);
    let name = b"GLIBC_2.";
    let places = program.windows(name.len()).enumerate().filter(|(_, window)| window == name);
    let number = |(at, _): (usize, &[u8])| {
        let digits = program[at + name.len()..].iter().take_while(|b| b.is_ascii_digit());
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    places.map(number).max().expect("it asks for glibc")
}

/// A function's execution environment: a process that ministack keeps for further invocations.
#[derive(Debug)]
pub struct FunctionProcess {
    /// Its process id.
    pub pid: u32,
}

/// Processes that `emulator` runs now for a function: one for each invocation that ran at the same time as others.
pub fn processes(emulator: &Emulator, function: &str) -> Vec<FunctionProcess> {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let listed = std::fs::read_dir("/proc").expect("Linux").filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let parent = status_line(pid, "PPid")?;
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let is_it = environment.split(|b| *b == 0).any(|variable| variable == name.as_bytes());
        (is_it && parent == u64::from(emulator.pid())).then_some(FunctionProcess { pid })
    });
    listed.collect()
}

impl FunctionProcess {
    /// The most memory that it has had in RAM, in KiB; `None` where it has ended.
    pub fn peak_memory_kib(&self) -> Option<u64> {
        status_line(self.pid, "VmHWM")
    }

    /// Kills it, as Lambda does with an environment that must go: the invocation fails with `Runtime.ExitError`.
    pub fn kill(&self) {
        let status = Command::new("kill").args(["-KILL", &self.pid.to_string()]).status();
        assert!(status.is_ok_and(|s| s.success()), "{} has ended before", self.pid);
    }
}

/// The number in a line of `/proc/PID/status`.
fn status_line(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::zip_of_script;

    #[test]
    fn the_newest_glibc_is_the_highest_number() {
        let folder = tempfile::tempdir().expect("a folder");
        let zip = folder.path().join("zip");
        std::fs::write(&zip, zip_of_script("GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE"))
            .expect("a file");
        assert_eq!(newest_glibc(&zip), 34);
    }
}
