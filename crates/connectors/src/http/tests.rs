//! What the one client repeats, waits for, keeps, refuses and says.

use super::verdict::{SlowDown, decode, next_link, slow_down, words};
use super::*;
use crate::stub::{Reply, Stub};
use ports::ActError;
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
struct Thing {
    name: String,
}

fn http(url: &str) -> Http {
    http_with(url, |_| ())
}

fn http_with(url: &str, change: impl FnOnce(&mut Options)) -> Http {
    let auth = Auth::Bearer(Secret::new("s3cret-token"));
    let mut options = Options::new(SourceId::new("vendor"), url, auth);
    options.token_from = "VENDOR_TOKEN".to_owned();
    options.timeout = Duration::from_secs(5);
    options.backoff = Duration::from_millis(1);
    change(&mut options);
    let http = Http::new(options).expect("a client");
    http.set_now(Moment::from_millis(0));
    http
}

async fn get(http: &Http) -> Result<Got<Thing>, SourceError> {
    http.get("the thing", "/thing", &[]).await
}

fn thing() -> Reply {
    Reply::json(r#"{"name":"x"}"#)
}

#[tokio::test]
async fn a_read_is_repeated_where_that_may_help_and_counted() {
    let stub = Stub::start().await;
    let http = http(&stub.url);
    stub.each(
        "GET /thing",
        [Reply::status(503), Reply::status(429).with("retry-after", 0), thing()],
    );
    assert_eq!(get(&http).await.expect("at last").value, Thing { name: "x".into() });
    let meter = http.meter();
    assert_eq!((meter.calls, meter.errors, meter.unchanged), (3, 0, 0));
    assert!(meter.bytes > 12);
    let calls = stub.calls();
    assert!(calls.iter().all(|it| it.headers["authorization"] == "Bearer s3cret-token"));
}

#[tokio::test]
async fn what_fails_for_good_is_named_by_what_the_reader_can_do() {
    let stub = Stub::start().await;
    for (reply, want, calls) in [
        (Reply::status(401), "vendor refused the token in VENDOR_TOKEN (401): renew it", 1),
        (Reply::status(404), "vendor does not let us see the thing (404): renew it", 1),
        (Reply::status(400), "vendor does not let us see the thing (400): the question", 1),
        (Reply::status(500), "vendor cannot be reached (500)", 3),
        (Reply::status(429).with("retry-after", 42), "it is asked again in 42 s", 1),
        (Reply::late(), "no answer within 200 ms", 1),
        (Reply::json(r#"{"name":"#), "cut after", 1),
        (Reply::json("<html>"), "it is not JSON", 1),
        (Reply::json("{}"), "`name` is missing in `.`", 1),
        (Reply::json(r#"{"name":["s3cret-body"]}"#), "`name` is not as it should be", 1),
        (Reply::status(302).with("location", "http://127.0.0.1:9/"), "another address", 1),
    ] {
        let late = reply.delay > Duration::ZERO;
        let http = http_with(&stub.url, |it| {
            if late {
                it.timeout = Duration::from_millis(200);
            }
        });
        stub.on("GET /thing", reply);
        let error = get(&http).await.err().expect(want).to_string();
        assert!(error.contains(want), "{error}, not {want}");
        assert!(!error.contains("s3cret"), "{error}");
        assert_eq!(stub.calls().len(), calls, "{want}");
        assert_eq!(http.meter().errors, 1);
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_after_five_times_left_alone() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let http = http(&url);
    for _ in 0..5 {
        let error = get(&http).await.err().expect("nobody there");
        assert!(
            matches!(&error, SourceError::Unreachable { cause, .. } if cause.starts_with("no connection")),
            "{error}"
        );
        assert!(!error.to_string().contains("127.0.0.1"), "no address: {error}");
    }
    let calls = http.meter().calls;
    assert!(matches!(get(&http).await.err(), Some(SourceError::LeftAlone { failures: 5, .. })));
    assert_eq!(http.meter().calls, calls, "not asked");
    http.set_now(Moment::from_millis(61_000));
    assert!(matches!(get(&http).await.err(), Some(SourceError::Unreachable { .. })), "tried again");
}

#[tokio::test]
async fn an_answer_that_did_not_change_is_not_sent_twice() {
    let stub = Stub::start().await;
    let http = http(&stub.url);
    let link = r#"<http://x/thing?page=2>; rel="next""#;
    stub.each(
        "GET /thing",
        [
            thing().with("etag", "\"v1\"").with("link", link),
            Reply { body: String::new(), ..Reply::status(304) },
        ],
    );
    get(&http).await.expect("first");
    assert_eq!(http.meter().unchanged, 0);
    let second = get(&http).await.expect("second");
    assert_eq!(
        (second.value.name.as_str(), second.next()),
        ("x", Some("http://x/thing?page=2".into()))
    );
    assert_eq!(stub.calls()[1].headers["if-none-match"], "\"v1\"");
    assert_eq!(http.meter().unchanged, 1);
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_only() {
    let stub = Stub::start().await;
    let http = http(&stub.url);
    stub.on("GET /thing", Reply::status(301).with("location", "/moved?x=1"))
        .on("GET /moved", thing());
    assert_eq!(get(&http).await.expect("moved").value.name, "x");
    let alias = stub.url.replace("127.0.0.1", "localhost") + "/moved";
    assert!(
        http.next_page::<Thing>("the thing", &alias).await.is_ok(),
        "the same host by its other name"
    );
    let elsewhere = http.next_page::<Thing>("the thing", "http://elsewhere.test/thing").await;
    assert!(elsewhere.err().expect("refused").to_string().contains("another host"));
}

#[tokio::test]
async fn what_may_have_had_an_effect_is_never_repeated() {
    let stub = Stub::start().await;
    for (reply, want) in [
        (Reply::status(500), "vendor gave no clear answer: 500"),
        (Reply::late(), "vendor gave no clear answer: no answer within 200 ms"),
        (
            Reply {
                body: r#"{"error":{"code":400,"message":"bad s3cret-token","status":"FAILED"}}"#
                    .into(),
                ..Reply::status(400)
            },
            "vendor refused: bad *** (400)",
        ),
        (
            Reply {
                body: r#"{"errors":[{"code":"STATE","title":"No","detail":"Not now"}]}"#.into(),
                ..Reply::status(409)
            },
            "vendor refused: No; Not now (409)",
        ),
        (
            Reply::status(429).with("retry-after", 9),
            "vendor is not in a state for this: it asks us to slow down, again in 9 s",
        ),
    ] {
        let late = reply.delay > Duration::ZERO;
        let http = http_with(&stub.url, |it| {
            if late {
                it.timeout = Duration::from_millis(200);
            }
        });
        stub.on("POST /do", reply);
        let done = http.send(Method::POST, "/do", &[], Body::Json(&serde_json::json!({}))).await;
        let error = ActError::from(done.err().expect(want)).to_string();
        assert_eq!(error, want);
        assert_eq!(stub.calls().len(), 1, "{want}");
    }
}

#[test]
fn a_403_may_mean_too_fast() {
    // Three refusals of case 08, and one that only says so.
    let heads = |pairs: &[(&'static str, &str)]| -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).expect("a value")))
            .collect()
    };
    let judge = |headers: &HeaderMap, body: &str| {
        slow_down(StatusCode::FORBIDDEN, headers, body.as_bytes())
    };
    let secondary = heads(&[("x-ratelimit-remaining", "4891"), ("retry-after", "60")]);
    assert_eq!(
        judge(&secondary, r#"{"message":"secondary rate limit"}"#),
        Some(SlowDown(Some(Span::seconds(60))))
    );
    let spent = heads(&[
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1773144000"),
        ("date", "Tue, 10 Mar 2026 11:50:00 GMT"),
    ]);
    assert_eq!(
        judge(&spent, r#"{"message":"rate limit"}"#),
        Some(SlowDown(Some(Span::minutes(10))))
    );
    let forbidden = heads(&[("x-ratelimit-remaining", "4890")]);
    assert_eq!(judge(&forbidden, r#"{"message":"resource not accessible"}"#), None);
    assert_eq!(
        judge(&forbidden, r#"{"message":"You have exceeded a secondary rate limit"}"#),
        Some(SlowDown(None))
    );
    assert_eq!(slow_down(StatusCode::NOT_FOUND, &secondary, b""), None);
}

#[test]
fn a_wait_may_be_given_as_a_date() {
    let headers: HeaderMap = [
        ("date", "Tue, 10 Mar 2026 11:50:00 GMT"),
        ("retry-after", "Tue, 10 Mar 2026 11:50:30 GMT"),
    ]
    .into_iter()
    .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
    .collect();
    assert_eq!(
        slow_down(StatusCode::TOO_MANY_REQUESTS, &headers, b""),
        Some(SlowDown(Some(Span::seconds(30))))
    );
}

#[test]
fn the_next_page_is_found_among_links() {
    let next = |link: &'static str| {
        next_link(&HeaderMap::from_iter([(reqwest::header::LINK, HeaderValue::from_static(link))]))
    };
    assert_eq!(
        next(r#"<http://a/?page=1>; rel="prev", <http://a/?page=3>; rel="next""#),
        Some("http://a/?page=3".into())
    );
    assert_eq!(next(r#"<http://a/?page=1>; rel="first""#), None);
    assert_eq!(next(r#"<http://a/?c=1>; rel="next"; results="false"; cursor="1""#), None);
    assert_eq!(
        next(r#"<http://a/?c=1>; rel="next"; results="true"; cursor="1""#),
        Some("http://a/?c=1".into())
    );
}

#[test]
fn a_vendors_words_are_cut_and_plain() {
    let long = format!(r#"{{"message":"{}\n<b>"}}"#, "x".repeat(500));
    let (text, _) = words(long.as_bytes());
    assert_eq!(text.chars().count(), 300);
    assert_eq!(words(b"<html>").0, "it gave no reason");
    assert_eq!(words(br#"{"errorMessages":["A"],"errors":{"f":"B"}}"#).0, "A; B");
    assert_eq!(
        words(br#"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"m"}}"#)
            .1
            .as_deref(),
        Some("FAILED_PRECONDITION")
    );
}

#[test]
fn what_does_not_fit_is_told_by_its_place() {
    let error = decode::<Vec<Thing>>(br#"[{"name":"a"},{"nome":"b"}]"#).expect_err("no name");
    assert_eq!(error, "`name` is missing in `[1]`");
}

#[test]
fn an_address_must_be_one() {
    for url in ["", "example.com", "ftp://a", "https://me:pw@a"] {
        let options = Options::new(SourceId::new("vendor"), url, Auth::None);
        let error = Http::new(options).expect_err(url).to_string();
        assert!(error.starts_with("sources.vendor.base_url: ") && !error.contains("pw"), "{error}");
    }
}

#[test]
fn parts_of_paths_are_escaped() {
    assert_eq!(segment("release/9.1+2 ä"), "release%2F9.1%2B2%20%C3%A4");
    assert_eq!(segments("release/9.1#x"), "release/9.1%23x");
}
