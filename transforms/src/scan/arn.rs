//! Amazon Resource Names, `arn:partition:service:region:account:resource`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).

/// The resource's own name: the session of `arn:aws:sts::1:assumed-role/ROLE/SESSION`, `root` of `arn:aws:iam::1:root`.
pub fn name(arn: &str) -> Option<&str> {
    if !arn.starts_with("arn:") {
        return None;
    }
    let (_, name) = arn.rsplit_once(['/', ':'])?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_last_part() {
        assert_eq!(name("arn:aws:sts::1:assumed-role/ROLE/i-0"), Some("i-0"));
        assert_eq!(name("arn:aws:iam::1:root"), Some("root"));
        assert_eq!(name("arn:aws-cn:iam::1:user/a/bob"), Some("bob"));
        assert_eq!((name("arn:aws:iam::1:"), name("user/bob"), name("")), (None, None, None));
    }
}
