//! Sessions: their key is never kept, they end, and wrong tokens are not tried for ever.
use super::*;
use axum::http::HeaderMap;

fn at(minutes: i64) -> Moment {
    Moment::from_millis(minutes * 60_000)
}

fn visitor() -> Visitor {
    Visitor { person: Person::new("Ada Byron"), role: Role::ReleaseManager }
}

fn with(cookies: &[HeaderValue]) -> HeaderMap {
    let pairs: Vec<&str> = cookies
        .iter()
        .filter_map(|it| it.to_str().ok())
        .filter_map(|it| it.split(';').next())
        .collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap());
    headers
}

#[test]
fn a_session_is_known_by_its_cookie_until_it_ends() {
    let visitors = Visitors::default();
    let cookies = visitors.begin(visitor(), at(0)).unwrap();
    assert!(cookies[0].to_str().unwrap().contains("; HttpOnly; SameSite=Lax"));
    assert!(!cookies[1].to_str().unwrap().contains("HttpOnly"));
    let headers = with(&cookies);
    assert_eq!(visitors.of(&headers, at(1)), Some(visitor()));
    visitors.end(&headers);
    assert_eq!(visitors.of(&headers, at(2)), None);
}

#[test]
fn a_session_ends_by_itself_when_it_is_not_used_and_after_a_week() {
    let visitors = Visitors::default();
    let headers = with(&visitors.begin(visitor(), at(0)).unwrap());
    assert_eq!(visitors.of(&headers, at(11 * 60)), Some(visitor()));
    assert_eq!(visitors.of(&headers, at(22 * 60)), Some(visitor()));
    assert_eq!(visitors.of(&headers, at(35 * 60)), None);
    let headers = with(&visitors.begin(visitor(), at(0)).unwrap());
    for hours in (0..=168).step_by(10) {
        assert_eq!(visitors.of(&headers, at(hours * 60)), Some(visitor()), "{hours} h");
    }
    assert_eq!(visitors.of(&headers, at(169 * 60)), None);
}

#[test]
fn two_sessions_never_share_a_key_and_the_key_is_not_kept() {
    let visitors = Visitors::default();
    let (one, two) =
        (visitors.begin(visitor(), at(0)).unwrap(), visitors.begin(visitor(), at(0)).unwrap());
    assert_ne!(one[0], two[0]);
    let sessions = visitors.sessions.lock().unwrap();
    assert_eq!(sessions.len(), 2);
    let key = one[0].to_str().unwrap().split(['=', ';']).nth(1).unwrap();
    assert_eq!(key.len(), 64);
    assert!(sessions.contains_key(&hash(key)));
}

#[test]
fn a_made_up_or_empty_cookie_is_nobody() {
    let visitors = Visitors::default();
    visitors.begin(visitor(), at(0)).unwrap();
    for text in ["signalbox_session=", "signalbox_session=00", "other=1", "signalbox_role=admin"] {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static(text));
        assert_eq!(visitors.of(&headers, at(1)), None, "{text}");
    }
}

#[test]
fn after_five_wrong_tokens_a_minute_passes_before_the_next_is_looked_at() {
    let visitors = Visitors::default();
    let status = |now| visitors.sign_in(None, "guess", now).unwrap_err().status;
    for _ in 0..5 {
        assert_eq!(status(at(0)), StatusCode::FORBIDDEN);
    }
    assert_eq!(status(at(0)), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status(at(2)), StatusCode::FORBIDDEN);
}
