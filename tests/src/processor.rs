//! Time that processors have worked for others, as Linux counts it (proc_pid_stat(5)), in steps of 10 ms.

use std::time::Duration;

/// For a process; `None` where it has ended.
pub fn time_of(pid: u32) -> Option<Duration> {
    Some(stat(pid)?.time)
}

/// For all processes of a group that run now.
pub fn time_of_group(group: u32) -> Duration {
    let processes = std::fs::read_dir("/proc").expect("Linux");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(stat).filter(|stat| stat.group == group).map(|stat| stat.time).sum()
}

struct Stat {
    group: u32,
    time: Duration,
}

fn stat(pid: u32) -> Option<Stat> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, field 2, stands in brackets and may hold spaces: behind it are fields 3, 4, ...
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let time = Duration::from_millis((ticks(14)? + ticks(15)?) * 10);
    Some(Stat { group: fields.get(5 - 3)?.parse().ok()?, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_for_the_process_and_its_group() {
        let (before, group) = (time_of(std::process::id()).unwrap(), stat(std::process::id()).unwrap().group);
        let of_group = time_of_group(group);
        let mut number = 1u64;
        while time_of(std::process::id()).unwrap() < before + Duration::from_millis(50) {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005));
        }
        assert!(time_of_group(group) >= of_group + Duration::from_millis(50));
    }
}
