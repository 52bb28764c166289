//! The AWS principal: role and session, user, or the service that called
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>).

use super::{first_text, part};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Where ARNs of who called stand; S3's access log has them for ids.
const ARN: [Field; 3] = [Field::AwsTrailIdentityArn, Field::UserId, Field::UserName];

/// `Role/Session`, the name of a user, `root`, or the service that called on someone's behalf.
pub(super) fn find<'a>(fields: &Fields<'a>) -> Option<Value<'a>> {
    let arns = ARN.iter().filter_map(|field| fields.get(*field));
    let name = arns.into_iter().find_map(|arn| part(arn, |arn| Principal::read(arn)?.name()));
    name.or_else(|| first_text(fields, &[Field::AwsTrailInvokedBy]))
}

/// Kind of the principal and what its ARN says behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Principal<'a> {
    /// `assumed-role`, `user`, `role`, `federated-user`, `root`.
    pub kind: &'a str,
    /// Behind the first `/`; may be empty.
    pub rest: &'a str,
}

impl<'a> Principal<'a> {
    /// Reads `arn:aws:sts::123456789012:assumed-role/Role/Session`; `None` if it is no ARN of IAM or STS.
    pub(super) fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
        let (_partition, service) = (parts.next()?, parts.next()?);
        let (_region, _account) = (parts.next()?, parts.next()?);
        let resource = parts.next()?;
        if !matches!(service, "sts" | "iam") {
            return None;
        }
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        Some(Self { kind, rest })
    }

    fn name(self) -> Option<&'a str> {
        let name = match self.kind {
            "assumed-role" | "federated-user" => self.rest,
            // Users and roles may lie in a path.
            "user" | "role" => self.rest.rsplit('/').next()?,
            "root" => "root",
            _ => return None,
        };
        (!name.is_empty()).then_some(name)
    }

    /// A role that a person takes by IAM Identity Center: its name is reserved
    /// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html>).
    pub(super) fn is_single_sign_on(self) -> bool {
        self.rest.starts_with("AWSReservedSSO_")
    }
}

/// The principal of the event, if an ARN names one.
pub(super) fn with_principal<R>(fields: &Fields<'_>, read: impl Fn(Principal<'_>) -> R) -> Option<R> {
    let arns = ARN.iter().filter_map(|field| fields.get(*field));
    arns.into_iter().find_map(|arn| arn.text().as_deref().and_then(Principal::read).map(&read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_roles_with_their_session_users_and_services() {
        for (arn, expected) in [
            ("arn:aws:sts::123456789012:assumed-role/Deploy/i-0abc", Some("Deploy/i-0abc")),
            ("arn:aws-us-gov:iam::123456789012:user/div/alice", Some("alice")),
            ("arn:aws:iam::123456789012:root", Some("root")),
            ("arn:aws:sts::123456789012:federated-user/bob", Some("bob")),
            ("arn:aws:iam::123456789012:role/service-role/R", Some("R")),
            ("arn:aws:s3:::bucket/key", None),
            ("arn:aws:sts::1:assumed-role/", None),
            ("alice", None),
        ] {
            let mut fields = Fields::new();
            fields.set(Field::AwsTrailIdentityArn, Value::Escaped(arn));
            let found = find(&fields);
            assert_eq!(found.as_ref().and_then(Value::text).as_deref(), expected, "{arn}");
        }
        let mut fields = Fields::new();
        fields.set(Field::AwsTrailInvokedBy, "autoscaling.amazonaws.com");
        assert_eq!(find(&fields), Some("autoscaling.amazonaws.com".into()));
    }
}
