//! The stage as a whole.

use super::*;

fn complete(stage: &Identity, order: Option<&[Extractor]>, set: &[(Field, &str)], tables: Tables) -> String {
    let mut fields = Fields::new();
    for (field, text) in set {
        fields.set(*field, *text);
    }
    let mut scratch = Scratch { tables: Arc::new(tables), ..Scratch::default() };
    stage.complete(&mut fields, order, &mut scratch);
    let told = [Field::Who, Field::WhoSource, Field::WhoClass, Field::OrganizationName, Field::Application];
    let told = told.map(|field| fields.text(field).map_or("-".to_string(), |text| text.into_owned()));
    told.join(" ")
}

fn by_default(set: &[(Field, &str)]) -> String {
    complete(&Identity::default(), None, set, Tables::default())
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0";

#[test]
fn the_user_else_the_address() {
    let ip = (Field::SourceIp, "198.18.0.1");
    assert_eq!(by_default(&[ip, (Field::UserName, "bob")]), "bob user person - -");
    assert_eq!(by_default(&[ip, (Field::UserName, "")]), "198.18.0.1 address person - -");
    assert_eq!(by_default(&[ip, (Field::ClientIp, "198.18.0.2")]), "198.18.0.1 address - - -");
    assert_eq!(by_default(&[(Field::SourceAddress, "host")]), "host address - - -");
    assert_eq!(by_default(&[(Field::Who, "told"), (Field::UserId, "7")]), "told format person - -");
    assert_eq!(by_default(&[]), "- - - - -");
    assert_eq!(by_default(&[ip, (Field::UserAgentOriginal, FIREFOX)]), "198.18.0.1 address person - -");
    assert_eq!(by_default(&[ip, (Field::UserAgentOriginal, "curl/8.1")]), "198.18.0.1 address service - -");
    let named_bot = [(Field::UserName, "bob"), (Field::UserAgentOriginal, "Googlebot/2.1")];
    assert_eq!(by_default(&named_bot), "bob user bot - -");
}

#[test]
fn an_extractor_that_finds_nothing_gives_way() {
    let order =
        [Extractor::ApiKey, Extractor::Jwt, Extractor::Principal, Extractor::ForwardedFor, Extractor::User];
    let run = |set: &[(Field, &str)]| complete(&Identity::default(), Some(&order), set, Tables::default());
    assert_eq!(run(&[(Field::UserName, "bob")]), "bob user person - -");
    let forwarded = (Field::NginxForwardedFor, "198.18.0.1, 198.18.0.2");
    assert_eq!(run(&[(Field::UserName, "bob"), forwarded]), "198.18.0.2 forwarded_for person - -");
    let arn = (Field::AwsTrailIdentityArn, "arn:aws:sts::1:assumed-role/R/s");
    assert_eq!(run(&[forwarded, arn]), "R/s principal service - -");
    // {"sub":"alice"}
    let query = (Field::UrlQuery, "id_token=eyJhIjoxfQ.eyJzdWIiOiJhbGljZSJ9.c2ln");
    assert_eq!(run(&[forwarded, arn, query]), "alice jwt service - -");
    let answer = run(&[query, (Field::Message, "x"), (Field::UrlQuery, "api_key=abc")]);
    assert!(answer.starts_with("key-") && answer.ends_with(" api_key service - -"), "{answer}");
}

#[test]
fn what_aws_says_of_the_caller_comes_before_the_user_agent() {
    let kind = |kind: &'static str| (Field::AwsTrailIdentityType, kind);
    let arn = |arn: &'static str| (Field::AwsTrailIdentityArn, arn);
    let agent = (Field::UserAgentOriginal, FIREFOX);
    let class = |set: &[(Field, &str)]| by_default(set).split(' ').nth(2).unwrap_or_default().to_string();
    let role = arn("arn:aws:sts::1:assumed-role/Lambda/f");
    assert_eq!(class(&[kind("AssumedRole"), role, agent]), "service");
    let sso = arn("arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0123/alice");
    assert_eq!(class(&[kind("AssumedRole"), sso, (Field::UserAgentOriginal, "Boto3/1.2")]), "person");
    assert_eq!(class(&[kind("AWSService"), (Field::AwsTrailInvokedBy, "a.amazonaws.com")]), "service");
    assert_eq!(class(&[(Field::SourceAddress, "cloudtrail.amazonaws.com")]), "service");
    let user = (Field::UserName, "alice");
    assert_eq!(class(&[kind("IAMUser"), user, (Field::UserAgentOriginal, "aws-cli/2.15")]), "person");
    assert_eq!(class(&[kind("IAMUser"), user, (Field::UserAgentOriginal, "Boto3/1.2")]), "service");
    let s3_log = (Field::UserId, "arn:aws:sts::1:assumed-role/R/s");
    assert_eq!(class(&[s3_log]), "service");
}

#[test]
fn tables_say_organisation_application_and_class() {
    let tables = || {
        let mut tables = tables::Draft::default();
        tables.add_organization("198.18.0.0/24", "Library").unwrap();
        tables.add_organization("198.18.1.0/24", "Campus").unwrap();
        tables.add_application("k1", "Catalogue").unwrap();
        tables.add_class("etl", "service").unwrap();
        tables.finish()
    };
    let run = |order: &[Extractor], set: &[(Field, &str)]| {
        complete(&Identity::default(), Some(order), set, tables())
    };
    let (ip, forwarded) = ((Field::SourceIp, "198.18.0.1"), (Field::NginxForwardedFor, "198.18.1.1"));
    let user = [Extractor::User, Extractor::Address];
    assert_eq!(run(&user, &[ip, (Field::UserName, "etl")]), "etl user service Library -");
    assert_eq!(run(&user, &[ip, forwarded]), "198.18.0.1 address - Library -");
    assert_eq!(run(&[Extractor::ForwardedFor], &[ip, forwarded]), "198.18.1.1 forwarded_for - Campus -");
    let both = [Extractor::User, Extractor::ForwardedFor];
    assert_eq!(run(&both, &[ip, forwarded, (Field::UserName, "bob")]), "bob user person Campus -");
    let key = (Field::UrlQuery, "api_key=k1");
    assert_eq!(run(&[Extractor::ApiKey], &[key]), "Catalogue api_key service - Catalogue");
    assert_eq!(run(&user, &[(Field::SourceIp, "198.19.0.1")]), "198.19.0.1 address - - -");
}
