//! Prefixes that servers are commonly run with: tried on lines whose route names none.

use super::prefix::Prefix;
use std::sync::LazyLock;

/// Whose they are, by group; from what is told most surely. A prefix with
/// `%q` is of sessions and of the server's own processes; `%t` stands for `%m` too.
const KNOWN: &[&str] = &[
    // The server's default since 10, and Debian's.
    "%t [%p] %q%u@%d ",
    // Debian's before 10.
    "%t [%p-%l] %q%u@%d ",
    "%n [%p-%l] %q%u@%d ",
    "%n [%p] %q%u@%d ",
    // Amazon RDS and Aurora; the same with the host alone.
    "%t:%r:%u@%d:[%p]:",
    "%t:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    // pgBadger's manual, and Google Cloud SQL.
    "%t [%p]: [%l-1] %quser=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: %quser=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: %qdb=%d,user=%u,app=%a,client=%h ",
    "%t [%p]: [%l-1] %qdb=%d,user=%u,app=%a,client=%h ",
    "%t [%p]: [%l-1] %quser=%u,db=%d,remote=%r ",
    "%t [%p]: [%l-1] %quser=%u,db=%d,client=%h ",
    "%t [%p]: [%l-1] %quser=%u,db=%d ",
    "%t [%p]: [%l-1] %qdb=%d,user=%u ",
    "%t [%p]: %quser=%u,db=%d,client=%h ",
    "%t [%p]: %quser=%u,db=%d ",
    "%t [%p]: [%l] %q%u@%d ",
    "%t [%p]: %q%u@%d ",
    // pganalyze's manual, and operators for Kubernetes.
    "%t [%p] %q[user=%u,db=%d,app=%a] ",
    "%t [%p] %quser=%u,db=%d,app=%a,client=%h ",
    "%t [%p] %q%u@%d/%a ",
    "%t [%p] %r %u@%d ",
    // Azure.
    "%t-%c-",
    // Red Hat's and PGDG's before 10.
    "< %t >",
    "< %t %u@%d >",
    "%t: ",
    "%t ",
    "%n ",
];

/// They, compiled.
pub(super) static PREFIXES: LazyLock<Vec<Prefix>> =
    LazyLock::new(|| KNOWN.iter().filter_map(|text| Prefix::new(text).ok()).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_compile() {
        assert_eq!(PREFIXES.len(), KNOWN.len());
    }
}
