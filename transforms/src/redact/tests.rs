//! Rules together, on texts and on fields.

use super::*;
use catchwater_schemas::config::RedactPattern;
use proptest::prelude::*;

fn redacted(text: &str) -> String {
    let redactor = Redactor::new(&Redact::default()).unwrap();
    redactor.text(text).unwrap_or_else(|| text.to_string())
}

#[test]
fn hides_values_by_name_and_passwords_before_the_host() {
    let cases = [
        ("a=1&Password=hunter2&b=2", "a=1&Password=REDACTED&b=2"),
        ("X-Amz-Signature=abc", "X-Amz-Signature=REDACTED"),
        ("token=", "token="),
        ("tokens=a&mytoken=b&nextToken=c", "tokens=a&mytoken=b&nextToken=c"),
        ("accessToken=a&API-KEY=b", "accessToken=REDACTED&API-KEY=REDACTED"),
        ("user[password]=x&user%5Bpassword%5D=y", "user[password]=REDACTED&user%5Bpassword%5D=REDACTED"),
        ("token[]=x&token%5B%5D=y", "token[]=REDACTED&token%5B%5D=REDACTED"),
        ("https://h/p?x=1;sig=ab=cd#frag", "https://h/p?x=1;sig=REDACTED#frag"),
        ("login password=\"two words\" ok", "login password=\"REDACTED\" ok"),
        ("secret=ä, next", "secret=REDACTED, next"),
        ("https://bob:pa@ss@host/x@y", "https://bob:REDACTED@host/x@y"),
        ("https://bob@host:80/", "https://bob@host:80/"),
        ("https://host:80/a@b", "https://host:80/a@b"),
        ("redis://:pw@host", "redis://:REDACTED@host"),
        ("mail bob@host.org", "mail bob@host.org"),
    ];
    for (text, expected) in cases {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn hides_values_as_texts_write_them() {
    let cases = [
        (r#"{"password": "a b", "n":1}"#, r#"{"password": "REDACTED", "n":1}"#),
        (r#"x {\"password\":\"a\\\"b\",\"n\":1}"#, r#"x {\"password\":\"REDACTED\",\"n\":1}"#),
        (
            r#"{"token":null,"secret":{"name":"n"},"apiKey":12}"#,
            r#"{"token":null,"secret":{"name":"n"},"apiKey":REDACTED}"#,
        ),
        (r#"{"password"=>"x", :token => "y"}"#, r#"{"password"=>"REDACTED", :token => "REDACTED"}"#),
        ("aws_secret_access_key = wJalr/x", "aws_secret_access_key = REDACTED"),
        ("password: hunter2 ok", "password: REDACTED ok"),
        ("unexpected token: foo; secret: agents", "unexpected token: foo; secret: agents"),
        ("token: 8f14e45fceea", "token: REDACTED"),
        ("Authorization: Token abc, x", "Authorization: Token REDACTED, x"),
        ("Authorization: Basic dTpw", "Authorization: Basic REDACTED"),
        ("alter role bob with password 'x''y' login", "alter role bob with password 'REDACTED' login"),
        ("create user 'u' identified by 'p'", "create user 'u' identified by 'REDACTED'"),
        ("it's done by 'bob', don't", "it's done by 'bob', don't"),
    ];
    for (text, expected) in cases {
        assert_eq!(redacted(text), expected, "{text}");
    }
}

#[test]
fn hides_tokens_by_their_beginning() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let cases = [
        ("/a?f=%7B%22token%22%3A%22abc%22%7D&q=%22a%22", "/a?f=REDACTED&q=%22a%22"),
        ("SELECT 'it' 'PASSWORD 'abc'', PASSWORD 'abc'", "SELECT 'it' 'PASSWORD 'REDACTED'REDACTED'"),
        ("/a?q=ALTER%20ROLE%20bob%20PASSWORD%20'abc'&r=it's+so", "/a?q=REDACTED&r=it's+so"),
        ("/a/password%3Dabc/b", "/a/REDACTED/b"),
        ("denied for 'a'@'b' (using password: YES)", "denied for 'a'@'b' (using password: YES)"),
        ("(password: x1) pwd=(y)", "(password: REDACTED) pwd=REDACTED"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key REDACTED."),
        ("AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "REDACTED,REDACTED"),
        ("a%3DASIAIOSFODNN7EXAMPLE%26", "a%3DREDACTED%26"),
        (
            "AKIAI XAKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLEXY",
            "AKIAI XAKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLEXY",
        ),
        (&format!("/a/{jwt}/b"), "/a/REDACTED/b"),
        (&format!("Bearer {jwt}"), "Bearer REDACTED"),
        ("eyJhbGciOiJIUzI1NiJ9 and eyJ", "eyJhbGciOiJIUzI1NiJ9 and eyJ"),
        ("bearer abc12345 x; Bearer authentication", "bearer REDACTED x; Bearer authentication"),
        ("q=Bearer%20abc12345", "q=Bearer%20REDACTED"),
        ("basic dXNlcjpwYXNz ok, basic auth", "basic REDACTED ok, basic auth"),
        ("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "REDACTED"),
        ("xoxb-123456789012-abcdef AIza", "REDACTED AIza"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX", "https://hooks.REDACTED"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----REDACTED-----END RSA PRIVATE KEY-----\n",
        ),
        (
            "k=-----BEGIN%20PRIVATE%20KEY-----MIIE-----END%20PRIVATE%20KEY-----",
            "k=-----BEGIN%20PRIVATE%20KEY-----REDACTED-----END%20PRIVATE%20KEY-----",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----REDACTED"),
    ];
    for (text, expected) in cases {
        assert_eq!(redacted(text), expected, "{text}");
    }
}

#[test]
fn hides_cards_and_leaves_times_and_ids() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111+1111+1111+1111",
        "4111%201111%201111%201111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "30569309025904",
        "3056 930902 5904",
        "3530111333300000",
        "6212345678901232",
        "4000 0000 0000 0000 006",
        "4222222222222",
    ] {
        assert!(cards::may_be_in(card.as_bytes()), "{card}");
        for (before, after) in
            [("", ""), ("card ", "."), ("n=", "&x=1"), ("%3D", "%26"), ("\"", "\""), ("12 ", " 34")]
        {
            let text = format!("{before}{card}{after}");
            assert_eq!(redacted(&text), format!("{before}REDACTED{after}"), "{text}");
        }
        for (before, after) in [("a", ""), ("", "b"), ("0.", ""), ("", ".5"), ("_", "")] {
            let text = format!("{before}{card}{after}");
            assert_eq!(redacted(&text), text);
        }
    }
    for text in [
        "41111111111111111",
        "14111111111111111",
        "4111111111111112",
        "1668093033744",
        "1668093033744000000",
        "4000000000000000006",
        "2024-01-31T12:00:00.000",
        "4111 1111 1111",
        "123e4567-4111-1111-1111-111111111111",
        "4111-1111-1111-1111-1111",
        "4111 1111-1111 1111",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn json_stays_json() {
    let redactor = Redactor::new(&Redact::default()).unwrap();
    let json = r#"{"a":[{"sessionToken":"x","b":"k AKIAIOSFODNN7EXAMPLE"}],"pass\u0077ord":"y","pwd":5,"c":4111111111111111,"d":"\u0041KIAIOSFODNN7EXAMPLE","e":null,"secret":["p","q"],"f":"\"x\""}"#;
    let mut fields = Fields::new();
    fields.set(Field::FreeFields, Value::Json(json.into()));
    redactor.complete(&mut fields, &redactor.look(json));
    let Some(Value::Json(clean)) = fields.get(Field::FreeFields) else { panic!("no JSON") };
    let clean: serde_json::Value = serde_json::from_str(clean).unwrap();
    let expected = serde_json::json!({
        "a": [{"sessionToken": "REDACTED", "b": "k REDACTED"}], "password": "REDACTED", "pwd": "REDACTED",
        "c": "REDACTED", "d": "REDACTED", "e": null, "secret": ["REDACTED", "REDACTED"], "f": "\"x\"",
    });
    assert_eq!(clean, expected);
}

#[test]
fn what_is_escaped_is_read_first() {
    let mut fields = Fields::new();
    fields.set(Field::UrlQuery, Value::Escaped(r"a=1\u0026password=x\u0026b=2"));
    fields.set(Field::Message, Value::Escaped(r#"say \"a=b\""#));
    Redactor::new(&Redact::default()).unwrap().complete(&mut fields, &Signs::default());
    assert_eq!(fields.text(Field::UrlQuery).as_deref(), Some("a=1&password=REDACTED&b=2"));
    assert_eq!(fields.get(Field::Message), Some(&Value::Escaped(r#"say \"a=b\""#)));
}

#[test]
fn each_rule_can_be_switched_off_and_ids_have_no_cards() {
    let secrets = [
        (RedactRule::Parameters, "a=1&password=x"),
        (RedactRule::UrlPasswords, "ftp://u:p@h"),
        (RedactRule::SqlPasswords, "alter user x password 'y'"),
        (RedactRule::AwsKeys, "AKIAIOSFODNN7EXAMPLE"),
        (RedactRule::Authorization, "Bearer abc12345"),
        (RedactRule::Jwt, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
        (RedactRule::Cards, "4111111111111111"),
        (RedactRule::PrivateKeys, "-----BEGIN PRIVATE KEY-----x"),
        (RedactRule::Tokens, "glpat-0123456789abcdefghij"),
    ];
    assert_eq!(secrets.map(|(rule, _)| rule), RedactRule::ALL);
    for off in RedactRule::ALL {
        let rules = RedactRule::ALL.into_iter().filter(|rule| *rule != off).collect();
        let redactor = Redactor::new(&Redact { rules, ..Redact::default() }).unwrap();
        for (rule, secret) in secrets {
            assert_eq!(redactor.text(secret).is_none(), rule == off, "{secret} without {off:?}");
        }
    }
    let mut fields = Fields::new();
    fields.set(Field::TraceId, "4111111111111111");
    fields.set(Field::UserName, "4111111111111111");
    fields.set(Field::AwsTrailAccessKeyId, "AKIAIOSFODNN7EXAMPLE");
    let redactor = Redactor::new(&Redact::default()).unwrap();
    redactor.complete(&mut fields, &Signs::of_anything());
    assert_eq!(fields.text(Field::TraceId).as_deref(), Some("4111111111111111"));
    assert_eq!(fields.text(Field::UserName).as_deref(), Some("REDACTED"));
    assert_eq!(fields.text(Field::AwsTrailAccessKeyId).as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
}

#[test]
fn rules_of_the_configuration() {
    let pattern = |pattern: &str, replacement: &str| RedactPattern {
        name: "n".into(),
        pattern: pattern.into(),
        replacement: replacement.into(),
    };
    let config = |patterns: Vec<RedactPattern>| Redact { pattern: patterns, ..Redact::default() };
    let redactor =
        Redactor::new(&config(vec![pattern("patron-([0-9]+)", "patron-#"), pattern("#", "x")])).unwrap();
    let mut fields = Fields::new();
    fields.set(Field::UserName, "patron-12");
    fields.set(Field::FreeFields, Value::Json(r#"{"a":"patron-3\n","b":"c"}"#.into()));
    redactor.complete(&mut fields, &Signs::default());
    assert_eq!(fields.text(Field::UserName).as_deref(), Some("patron-x"));
    assert_eq!(fields.get(Field::FreeFields), Some(&Value::Json(r#"{"a":"patron-x\n","b":"c"}"#.into())));
    for wrong in ["a(", "x*"] {
        let error = Redactor::new(&config(vec![pattern("a", "b"), pattern(wrong, "")])).unwrap_err();
        assert_eq!((error.index, error.key), (1, "pattern"), "{error}");
    }
}

proptest! {
    #[test]
    fn never_panics_and_is_done_after_one_pass(text in "([a-z]{0,3}|password|token|sig|authorization|earer|Bearer |basic |[=@&:;/?\"' %\\[\\]ä\\\\{},>]|://|5D|AKIA|ASIA[A-Z]{16}|eyJ|[0-9]{4}|-----BEGIN |PRIVATE KEY-----|ghp_|REDACTED){0,20}") {
        let once = redacted(&text);
        let twice = redacted(&once);
        prop_assert_eq!(redacted(&twice), twice);
    }

    #[test]
    fn no_secret_is_left(before in "[a-z&= ]{0,20}", secret in "[0-9]{12}", after in "(&[a-z=&]{0,20})?") {
        let text = format!("{before}&api_key={secret}{after}");
        prop_assert!(!redacted(&text).contains(&secret));
    }

    #[test]
    fn a_card_is_found_wherever_it_stands(before in "[ -~]{0,80}[ \"=&:;,/(]", after in "([ \"&;,/)][ -~]{0,80})?") {
        let text = format!("{before}5555555555554444{after}");
        prop_assert!(cards::may_be_in(text.as_bytes()));
        prop_assert!(!redacted(&text).contains("5555555555554444"), "{}", text);
    }

    #[test]
    fn json_without_secrets_is_json(keys in prop::collection::vec("(password|a|token|\"|\\\\|ä)", 0..4), value in "\\PC{0,20}( AKIAIOSFODNN7EXAMPLE)?") {
        let value = serde_json::json!({"x": keys.iter().map(|k| (k.clone(), value.clone().into())).collect::<serde_json::Map<_, _>>()});
        let redactor = Redactor::new(&Redact::default()).unwrap();
        if let Some(clean) = redactor.json(&value.to_string(), Signs::of_anything().elsewhere()) {
            let read: serde_json::Value = serde_json::from_str(&clean).unwrap();
            prop_assert!(read.is_object() && !clean.contains("AKIA"));
        }
    }
}
