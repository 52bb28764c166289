//! Which service was asked: the route's, else what the format found, else the host, else the log group. What was
//! asked of it (terms, filters, collections) will be read here too.

use crate::emit::Lineage;
use crate::identity::first_text;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// What tells a service apart where neither route nor format names it, the best first.
const HOST: [Field; 2] = [Field::UrlDomain, Field::HostName];

/// The service of all events of a log stream that name none: the route's, else the log group.
pub fn of_log_stream<'a>(lineage: &Lineage<'a>) -> Option<&'a str> {
    lineage.service.or(Some(lineage.log_group)).filter(|service| !service.is_empty())
}

/// Sets `service.name` where it is not that [`of_log_stream`].
pub fn complete(fields: &mut Fields<'_>, lineage: &Lineage<'_>) {
    if lineage.service.is_some() {
        fields.remove(Field::ServiceName);
    } else if !fields.has(Field::ServiceName)
        && let Some(service) = first_text(fields, &HOST)
    {
        fields.set(Field::ServiceName, service);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};

    #[test]
    fn route_then_format_then_host_then_log_group() {
        let mut lineage = Lineage {
            account: "",
            region: "",
            log_group: "/group",
            log_stream: "",
            id_scope: IdKey::new(DEFAULT_KEY).scope(&Scope::default()),
            service: Some("route"),
            revision: 1,
            original: false,
        };
        let mut all =
            vec![(Field::ServiceName, "format"), (Field::UrlDomain, "host"), (Field::HostName, "name")];
        for expected in ["route", "format", "host", "name", "/group"] {
            let mut fields = Fields::new();
            all.iter().for_each(|(field, text)| fields.set(*field, *text));
            complete(&mut fields, &lineage);
            let service = fields.text(Field::ServiceName).or(of_log_stream(&lineage).map(Into::into));
            assert_eq!(service.as_deref(), Some(expected));
            if lineage.service.take().is_none() && !all.is_empty() {
                all.remove(0);
            }
        }
    }
}
