//! The stage as a whole.

use super::*;
use catchwater_schemas::config::Route;
use proptest::prelude::*;

fn stage(addresses: AddressPrivacy, users: UserPrivacy) -> Privacy {
    let config = config::Privacy { addresses, users, key_env: None };
    Privacy::new(&config, &[], Some(&Key::new(b"k"))).unwrap()
}

fn json(fields: &Fields<'_>) -> serde_json::Value {
    serde_json::from_slice(&catchwater_schemas::layout::event_json(fields)).unwrap()
}

fn access_line() -> Fields<'static> {
    let mut fields = Fields::new();
    fields.set(Field::Who, "bob");
    fields.set(Field::WhoSource, Value::Escaped("user"));
    fields.set(Field::WhoClass, Value::Escaped("person"));
    fields.set(Field::SourceIp, Value::Escaped("198.18.7.9"));
    fields.set(Field::ClientIp, "2001:db8:1:2::3");
    fields.set(Field::UserName, "bob");
    fields.set(Field::DestinationIp, "198.18.7.200");
    fields.set(Field::NginxForwardedFor, "2001:db8:1:2::3, 198.18.7.10");
    fields.set(Field::UserAgentOriginal, "Mozilla/5.0 Chrome/110.0.0.0");
    fields.set(Field::Message, "198.18.7.9 - bob [..] \"GET /u/bob?ip=198.18.7.11\" bobby");
    fields.set(Field::UrlQuery, Value::Escaped(r"u=\u0062ob&x=1"));
    fields.set(Field::FreeFields, Value::Json(r#"{"peer":"198.18.7.9","bob":["b\u006fb"],"n":1}"#.into()));
    fields
}

#[test]
fn cuts_addresses_and_leaves_what_is_not_personal() {
    let mut fields = access_line();
    stage(AddressPrivacy::Truncate, UserPrivacy::Keep).complete(&mut fields, &RoutePrivacy::default());
    let expected = serde_json::json!({
        "catchwater": {
            "who": "bob", "who_source": "user", "who_class": "person",
            "fields": {"peer": "198.18.7.0", "bob": ["bob"], "n": 1},
        },
        "message": "198.18.7.0 - bob [..] \"GET /u/bob?ip=198.18.7.0\" bobby",
        "client": {"ip": "2001:db8:1::"},
        "destination": {"ip": "198.18.7.200"},
        "source": {"ip": "198.18.7.0"},
        "url": {"query": "u=bob&x=1"},
        "user": {"name": "bob"},
        "user_agent": {"original": "Mozilla/5.0 Chrome/110.0.0.0"},
        "nginx": {"forwarded_for": "2001:db8:1::, 198.18.7.0"},
    });
    assert_eq!(json(&fields), expected);
}

#[test]
fn agents_of_preservation_may_be_persons() {
    let of = |kind: Option<&'static str>, name: Value<'static>| {
        let mut fields = Fields::new();
        fields.set(Field::PremisAgentName, name);
        fields.set(Field::PremisEventDetail, "done by bob");
        if let Some(kind) = kind {
            fields.set(Field::PremisAgentType, kind);
        }
        stage(AddressPrivacy::Keep, UserPrivacy::Drop).complete(&mut fields, &RoutePrivacy::default());
        json(&fields)["premis"].clone()
    };
    let hidden = |agent: &serde_json::Value| !agent.to_string().contains("bob");
    for kind in [None, Some("person"), Some("repository user")] {
        assert!(hidden(&of(kind, "bob".into())), "{kind:?}");
    }
    assert!(hidden(&of(None, Value::Json("[\"bob\",\"robot\"]".into()))));
    assert!(!hidden(&of(Some("software"), "bob".into())));
}

#[test]
fn hashes_equal_things_alike_and_a_route_may_differ() {
    let privacy = stage(AddressPrivacy::Keep, UserPrivacy::Drop);
    let route = RoutePrivacy { addresses: Some(AddressPrivacy::Hash), users: Some(UserPrivacy::Hash) };
    let mut fields = access_line();
    privacy.complete(&mut fields, &route);
    let event = json(&fields);
    let (ip, user) = (event["source"]["ip"].as_str().unwrap(), event["user"]["name"].as_str().unwrap());
    assert!(ip.starts_with("fd") && user.starts_with("user-") && user.len() == 25, "{ip} {user}");
    assert_eq!(event["catchwater"]["who"], user);
    assert_eq!(event["catchwater"]["fields"]["peer"], ip);
    assert_eq!(event["catchwater"]["fields"][user][0], user);
    assert_eq!(event["url"]["query"], format!("u={user}&x=1"));
    let message = event["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("{ip} - {user} [..] \"GET /u/{user}?ip=fd")), "{message}");
    assert!(message.ends_with("bobby"));
}

#[test]
fn leaves_out_fields_and_hides_what_is_part_of_a_text() {
    let mut fields = access_line();
    fields.set(Field::UserId, 7u64);
    fields.set(Field::SourceAddress, "pc7.example.org");
    stage(AddressPrivacy::Drop, UserPrivacy::Drop).complete(&mut fields, &RoutePrivacy::default());
    let expected = serde_json::json!({
        "catchwater": {
            "who_source": "user", "who_class": "person",
            "fields": {"peer": "REDACTED", "REDACTED": ["REDACTED"], "n": 1},
        },
        "message": "REDACTED - REDACTED [..] \"GET /u/REDACTED?ip=REDACTED\" bobby",
        "destination": {"ip": "198.18.7.200"},
        "url": {"query": "u=REDACTED&x=1"},
        "user_agent": {"original": "Mozilla/5.0 Chrome/110.0.0.0"},
    });
    assert_eq!(json(&fields), expected);
}

#[test]
fn aws_services_and_applications_are_no_persons() {
    let mut fields = Fields::new();
    fields.set(Field::SourceAddress, "cloudtrail.amazonaws.com");
    fields.set(Field::Who, "Catalogue");
    fields.set(Field::WhoSource, "api_key");
    let before = json(&fields);
    stage(AddressPrivacy::Drop, UserPrivacy::Drop).complete(&mut fields, &RoutePrivacy::default());
    assert_eq!(json(&fields), before);
}

#[test]
fn a_hash_needs_a_key() {
    let users = Some(UserPrivacy::Hash);
    let route = Route { privacy: RoutePrivacy { users, ..RoutePrivacy::default() }, ..Route::default() };
    let error = Privacy::new(&config::Privacy::default(), std::slice::from_ref(&route), None).unwrap_err();
    assert_eq!((error.section, error.key), (["privacy"].as_slice(), "key_env"));
    assert!(Privacy::new(&config::Privacy::default(), &[route], Some(&Key::new(b"k"))).is_ok());
    assert!(Privacy::new(&config::Privacy::default(), &[], None).is_ok());
}

proptest! {
    #[test]
    fn no_address_and_no_user_is_left(
        ip in any::<std::net::Ipv4Addr>(),
        user in "[a-zé]{1,4}|[a-z\"\\\\@ ]{1,3}x",
        before in "([a-zé\" =/:]|\\\\){0,8}",
        drop in any::<bool>(),
    ) {
        let ip = ip.to_string();
        let line = format!("{before} {user} {ip}:80 /{user}/x?u={user}&i={ip}");
        let mut fields = Fields::new();
        fields.set(Field::UserName, user.clone());
        fields.set(Field::SourceIp, ip.clone());
        fields.set(Field::EventOriginal, line.clone());
        fields.set(Field::UrlDomain, ip.clone());
        let free = serde_json::json!({"a": {&line: [&ip, &user, &line]}}).to_string();
        fields.set(Field::FreeFields, Value::Json(free.into()));
        let (addresses, users) = if drop {
            (AddressPrivacy::Drop, UserPrivacy::Drop)
        } else {
            (AddressPrivacy::Hash, UserPrivacy::Hash)
        };
        stage(addresses, users).complete(&mut fields, &RoutePrivacy::default());
        let text = json(&fields).to_string().replace("REDACTED", "#");
        prop_assert!(!text.contains(&ip), "{}", text);
        // The words that are left are those that stood before it, names of fields, and hashes.
        let line = json(&fields)["event"]["original"].as_str().unwrap_or_default().to_string();
        let rest = line.strip_prefix(&before).unwrap_or(&line);
        let is_left = rest.match_indices(&user).any(|(at, _)| {
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
            !is_word(rest[..at].chars().next_back()) && !is_word(rest[at + user.len()..].chars().next())
        });
        prop_assert!(!is_left || ["x", "u", "i"].contains(&user.as_str()) || "REDACTED".contains(&user), "{}", rest);
    }
}
