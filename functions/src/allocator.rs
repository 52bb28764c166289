//! Memory that is freed goes back at once: a function's peak is what it is given, and paid for, in all its invocations.
//!
//! glibc takes blocks above a threshold from the system one by one and gives them back when they are freed; but it raises the
//! threshold to the largest block freed, and then large blocks lie in arenas between small ones and stay: the transform then takes
//! twice the memory (docs/benchmarks.md). <https://man7.org/linux/man-pages/man3/mallopt.3.html>

/// Where glibc begins.
#[cfg(target_env = "gnu")]
const THRESHOLD_BYTES: i32 = 128 << 10;

/// Holds the threshold.
#[cfg(target_env = "gnu")]
#[expect(
    unsafe_code,
    reason = "a setting of the C library: it takes two numbers and touches no memory of ours"
)]
pub fn hold_threshold() {
    // 0 where it is refused: then memory is as glibc has it.
    let _ = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, THRESHOLD_BYTES) };
}

/// Other allocators are left as they are.
#[cfg(not(target_env = "gnu"))]
pub fn hold_threshold() {}
