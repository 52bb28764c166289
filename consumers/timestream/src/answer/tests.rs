use super::*;

const TIME: i64 = 1_793_527_200;

fn rejected(reason: &str, existing: Option<i64>) -> Outcome {
    let one = RejectedRecord::builder().reason(reason).set_existing_version(existing).record_index(0).build();
    outcome(&one, 2, Timestamp::from_seconds(TIME).unwrap())
}

fn word(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Reject { reason } => reason.split(':').next().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_held_already_is_a_duplicate() {
    // Both sentences are of Timestream's, as users have reported them: aws-sdk-pandas issue 2018,
    // prometheus-timestream-adapter issue 87 (which has no `ExistingVersion`).
    let lower = "The record version 2 is lower than the existing version 200. A higher version is required to update the measure value.";
    let equal = "A record already exists with the same time, dimensions, measure name, and record version. A higher record version must be specified in order to update the measure value. Specifying record version is supported by the latest SDKs.";
    for (reason, existing) in
        [(lower, Some(200)), (lower, None), (equal, None), (equal, Some(2)), ("", Some(3))]
    {
        assert_eq!(rejected(reason, existing), Outcome::Duplicate, "{reason} {existing:?}");
    }
    assert!(matches!(rejected(lower, Some(1)), Outcome::Retry { .. }));
}

#[test]
fn times_outside_of_the_store_tell_which_side() {
    for (reason, expected) in [
        (
            "The record timestamp is outside the time range [2026-11-01T12:00:00.000Z, 2026-11-02T00:15:00.000Z) of the memory store.",
            "older_than_memory_store",
        ),
        (
            "The record timestamp is outside the time range [2026-10-01T12:00:00.000Z, 2026-11-01T09:15:00.000Z) of the data ingestion window.",
            "in_the_future",
        ),
        (
            "Records with timestamps that lie outside the retention duration of the memory store.",
            "older_than_memory_store",
        ),
        ("The timestamp lies in the future.", "in_the_future"),
    ] {
        assert_eq!(word(&rejected(reason, None)), expected, "{reason}");
    }
}

#[test]
fn other_reasons_go_on_without_values() {
    let Outcome::Reject { reason } =
        rejected("The dimension 'secret 1' isn't short; \"secret 2\" too.", None)
    else {
        panic!("rejected")
    };
    assert_eq!(reason, "record_refused: The dimension '' isn't short; \"\" too.");
    assert_eq!(without_values(&"ä".repeat(500)).chars().count(), 200);
    assert_eq!(without_values("an open 'quote"), "an open '");
}

#[test]
fn rejections_that_cannot_be_told_apart_come_again() {
    let records = [(1, Timestamp::from_nanos(0)); 2];
    let one = |index| RejectedRecord::builder().record_index(index).reason("too many measures").build();
    for list in [vec![], vec![one(2)], vec![one(-1)], vec![one(0), one(7)]] {
        assert!(matches!(rejection(&list, &records), Verdict::Later { .. }), "{list:?}");
    }
    assert!(matches!(rejection(&[one(1)], &records), Verdict::Some(named) if named[0].0 == 1));
}

#[test]
fn what_concerns_the_service_comes_later() {
    let refused = |code: &str| Failure::Refused { code: code.into(), message: "said 'x'".into() };
    for (code, words) in [
        ("ResourceNotFoundException", "db/table is not there"),
        ("AccessDeniedException", "timestream:WriteRecords"),
        ("UnrecognizedClientException", "said ''"),
    ] {
        let Verdict::Later { after, reason } = of_failure(refused(code), "db/table") else {
            panic!("{code}")
        };
        assert!(after == FOR_PEOPLE && reason.contains(words) && reason.starts_with(code), "{reason}");
    }
    let throttled = Failure::ComeAgain("ThrottlingException: slow".into());
    assert!(matches!(of_failure(throttled, ""), Verdict::Later { after: Duration::ZERO, .. }));
    assert!(matches!(of_failure(refused("ValidationException"), ""), Verdict::Refused(_)));
    assert!(matches!(of_failure(refused("InvalidEndpointException"), ""), Verdict::Moved(_)));
}
