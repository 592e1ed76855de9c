use super::*;
use crate::time::Millis;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const NOW: UnixMs = UnixMs(1_795_507_200_000);

#[test]
fn what_an_answer_says_about_its_credential() {
    let wait = |ms| Some(Millis(ms));
    for (status, headers, body, want) in [
        (400, &[][..], r#"{"error":{"message":"prompt is too long"}}"#, None),
        (404, &[], "", None),
        (422, &[], "", None),
        (401, &[], "", Some(Trouble::Refused)),
        (403, &[], "", Some(Trouble::Forbidden)),
        (402, &[], "", Some(Trouble::UsedUp)),
        (429, &[], r#"{"error":{"code":"insufficient_quota"}}"#, Some(Trouble::UsedUp)),
        (400, &[], "Your credit balance is too low to access the API", Some(Trouble::UsedUp)),
        (429, &[], "", Some(Trouble::Limited(None))),
        (429, &[("retry-after", "7")], "", Some(Trouble::Limited(wait(7000)))),
        (429, &[("retry-after", "0.5")], "", Some(Trouble::Limited(wait(500)))),
        (429, &[("retry-after", "soon")], "", Some(Trouble::Limited(None))),
        (429, &[("retry-after-ms", "1500"), ("retry-after", "9")], "", Some(Trouble::Limited(wait(1500)))),
        (
            429,
            &[("anthropic-ratelimit-unified-reset", "1795507260")],
            "",
            Some(Trouble::Limited(wait(60_000))),
        ),
        (
            429,
            &[
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2026-11-24T08:00:30Z"),
            ],
            "",
            Some(Trouble::Limited(wait(30_000))),
        ),
        (
            429,
            &[
                ("x-ratelimit-remaining-requests", "9"),
                ("x-ratelimit-reset-requests", "6m0s"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "1m2.5s"),
            ],
            "",
            Some(Trouble::Limited(wait(62_500))),
        ),
        (
            429,
            &[],
            r#"{"error":{"details":[{"@type":"x"},{"@type":"RetryInfo","retryDelay":"17s"}]}}"#,
            Some(Trouble::Limited(wait(17_000))),
        ),
        (408, &[], "", Some(Trouble::Overloaded(None))),
        (500, &[], "", Some(Trouble::Overloaded(None))),
        (503, &[("retry-after", "3")], "", Some(Trouble::Overloaded(wait(3000)))),
        (529, &[], "", Some(Trouble::Overloaded(None))),
    ] {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(judge(status, &map, body.as_bytes(), NOW), want, "{status} {headers:?} {body}");
    }
}

fn credential() -> Credential {
    let provider = crate::provider::PROVIDERS[0];
    let secret = crate::secret::Secret::new("sk-x").unwrap();
    Credential::from_environment(provider, secret, crate::credential::BaseUrl::of(provider))
}

#[test]
fn failures_in_a_row_cost_more_and_limits_do_not_count_among_them() {
    for (troubles, seconds, failures, parked) in [
        (&[Trouble::Unreachable][..], 1, 1, false),
        (&[Trouble::Unreachable; 3], 4, 3, false),
        (&[Trouble::Slow; 40], 60, 40, false),
        (&[Trouble::Limited(None); 5], 15, 0, false),
        (&[Trouble::Limited(Some(Millis(1)))], 1, 0, false),
        (&[Trouble::Limited(Some(Millis::seconds(86_400)))], 900, 0, false),
        (&[Trouble::Overloaded(Some(Millis::seconds(3)))], 3, 1, false),
        (&[Trouble::Forbidden; 9], 5, 9, false),
        (&[Trouble::Refused], 60, 1, true),
        (&[Trouble::Refused; 3], 240, 3, true),
        (&[Trouble::Refused; 30], 3600, 30, true),
        (&[Trouble::UsedUp; 2], 1800, 2, true),
        (&[Trouble::Refused, Trouble::Unreachable], 2, 2, false),
    ] {
        let (pool, credential) = (Pool::default(), credential());
        let mut last = None;
        for trouble in troubles {
            last = Some(pool.ails(&credential, *trouble, NOW));
        }
        let last = last.unwrap();
        assert_eq!(
            (last.until, last.failures, last.parked),
            (NOW + Millis::seconds(seconds), failures, parked),
            "{troubles:?}"
        );
    }
}

#[test]
fn one_call_finds_out_whether_it_is_well_again() {
    let pool = Pool::default();
    let sick = Arc::new(credential());
    let other = Arc::new(Credential::open(sick.provider, crate::credential::BaseUrl::of(sick.provider)));
    let both = [sick.clone(), other];
    let first = |now| pool.order(&both, None, now)[0].id.clone();
    pool.ails(&sick, Trouble::Unreachable, NOW);
    let over = NOW + Millis::seconds(2);
    let tried: Vec<String> = (0..4).map(|_| first(over)).collect();
    assert_eq!(tried.iter().filter(|id| **id == sick.id).count(), 1, "{tried:?}");
    // Whoever was to find out has not come back: another may.
    let later = over + Millis::seconds(61);
    let tried: Vec<String> = (0..4).map(|_| first(later)).collect();
    assert_eq!(tried.iter().filter(|id| **id == sick.id).count(), 1, "{tried:?}");
    pool.well(&sick, None);
    let tried: Vec<String> = (0..4).map(|_| first(later)).collect();
    assert_eq!(tried.iter().filter(|id| **id == sick.id).count(), 2, "{tried:?}");
}
