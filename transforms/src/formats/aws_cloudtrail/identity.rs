//! `userIdentity`: who called
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>).

use super::{Call, free, text};
use crate::json::{Cursor, Invalid, JsonStr, member};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Reads the identity; its members without a name of their own become free ones.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    if cursor.peek() != b'{' {
        return free(cursor, key, call);
    }
    cursor.begin_object()?;
    call.free.open(key);
    while let Some(key) = cursor.next_key()? {
        let field = match key.raw() {
            "type" => Field::AwsTrailIdentityType,
            "principalId" => Field::UserId,
            "arn" => Field::AwsTrailIdentityArn,
            "accessKeyId" => Field::AwsTrailAccessKeyId,
            "userName" => Field::UserName,
            "invokedBy" => Field::AwsTrailInvokedBy,
            "onBehalfOf" => {
                on_behalf_of(cursor, key, fields, call)?;
                continue;
            }
            "accountId" if cursor.peek() == b'"' => {
                call.identity_account = Some(cursor.string()?).filter(|account| !account.is_empty());
                continue;
            }
            _ => {
                free(cursor, key, call)?;
                continue;
            }
        };
        text(cursor, key, field, fields, call)?;
    }
    call.free.close();
    if !fields.has(Field::UserName)
        && let Some(name) = last_of_arn(fields.get(Field::AwsTrailIdentityArn))
    {
        fields.set(Field::UserName, name);
    }
    Ok(())
}

/// The user of IAM Identity Center for whom the call was made; the identity of type `IdentityCenterUser` has no other id.
fn on_behalf_of<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    let user = member(cursor.clone(), "userId").and_then(|user| user.string());
    if let Some(user) = user.filter(|user| !user.is_empty() && !fields.has(Field::UserId)) {
        fields.set(Field::UserId, user);
    }
    free(cursor, key, call)
}

/// The resource's own name in an ARN: the session of `arn:aws:sts::1:assumed-role/ROLE/SESSION`, `root` of
/// `arn:aws:iam::1:root`.
fn last_of_arn<'a>(arn: Option<&Value<'a>>) -> Option<Value<'a>> {
    let Some(Value::Escaped(arn)) = arn else { return None };
    let (_, name) = arn.rsplit_once(['/', ':']).filter(|_| arn.starts_with("arn:"))?;
    // A cut inside an escape (`\/`) would be no JSON.
    (!name.is_empty() && !arn.contains('\\')).then_some(Value::Escaped(name))
}
