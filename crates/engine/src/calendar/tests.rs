//! Windows and freezes over summer time and across the date line (cases 03 and 04).
use super::*;

fn spec(days: &[Weekday], from: &str, until: &str, zone: Tz) -> WindowSpec {
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    WindowSpec {
        days: days.to_vec(),
        from: time(from),
        until: time(until),
        zone,
        binds: vec![Kind::Regular],
        freezes: vec![],
    }
}

fn open_at(spec: &WindowSpec, text: &str) -> bool {
    let now = Moment::parse(text).unwrap();
    let window = spec.around(now);
    window.open.iter().any(|it| it.contains(now))
        && !window.freezes.iter().any(|it| it.span.contains(now))
}

const WEEK: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

#[test]
fn case_04_nine_o_clock_stays_nine_o_clock_when_the_clocks_change() {
    let berlin = spec(&WEEK, "09:00", "17:00", chrono_tz::Europe::Berlin);
    // Winter: 09:00 is 08:00 UTC. From 29 March 2026 on it is 07:00 UTC.
    assert!(!open_at(&berlin, "2026-03-27T07:30:00Z"));
    assert!(open_at(&berlin, "2026-03-27T08:00:00Z"));
    assert!(open_at(&berlin, "2026-03-30T07:00:00Z"));
    assert!(!open_at(&berlin, "2026-03-30T06:59:00Z"));
    let sydney = spec(&WEEK, "09:00", "17:00", chrono_tz::Australia::Lord_Howe);
    assert!(open_at(&sydney, "2026-06-01T22:30:00Z")); // +10:30 in winter.
    assert!(open_at(&sydney, "2026-12-01T22:00:00Z")); // +11 in summer: half an hour's change.
}

#[test]
fn case_03_a_weekday_is_the_zones_own() {
    let auckland = spec(&[Weekday::Mon], "08:00", "12:00", chrono_tz::Pacific::Auckland);
    assert!(open_at(&auckland, "2026-03-01T19:30:00Z")); // Sunday in UTC, Monday 08:30 there.
    assert!(!open_at(&auckland, "2026-03-02T19:30:00Z"));
}

#[test]
fn a_missing_or_doubled_hour_makes_a_window_smaller_and_a_freeze_longer() {
    let all = [Weekday::Sun];
    let mut berlin = spec(&all, "02:30", "04:00", chrono_tz::Europe::Berlin);
    // 02:30 does not exist on 29 March: by the clock before the change it is 03:30 summer time.
    let now = Moment::parse("2026-03-28T12:00:00Z").unwrap();
    let open = berlin.around(now).open;
    assert_eq!(open[0].from.to_string(), "2026-03-29T01:30:00Z");
    // 02:30 comes twice on 25 October: the window opens with the second, the freeze begins with the first.
    let local = |text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    berlin.freezes.push(FreezeSpec {
        name: "x".into(),
        when: When::Once { from: local("2026-10-25 02:30"), until: local("2026-10-25 02:45") },
        zone: chrono_tz::Europe::Berlin,
    });
    let window = berlin.around(Moment::parse("2026-10-24T12:00:00Z").unwrap());
    assert_eq!(window.open[0].from.to_string(), "2026-10-25T01:30:00Z");
    assert_eq!(window.freezes[0].span.from.to_string(), "2026-10-25T00:30:00Z");
    assert_eq!(window.freezes[0].span.until.to_string(), "2026-10-25T01:45:00Z");
}

#[test]
fn a_window_may_end_on_the_next_day_and_says_what_it_is() {
    let night = spec(&[Weekday::Fri], "22:00", "02:00", chrono_tz::UTC);
    assert!(open_at(&night, "2026-03-07T01:00:00Z"));
    assert!(!open_at(&night, "2026-03-07T02:00:00Z"));
    assert_eq!(
        spec(&WEEK, "09:00", "17:00", chrono_tz::Europe::Berlin).to_string(),
        "Mon–Fri 09:00–17:00 Europe/Berlin"
    );
}
