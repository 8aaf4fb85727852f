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

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

fn clock(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

/// Always open, but for one freeze.
fn frozen(when: When, zone: Tz) -> WindowSpec {
    let days = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    let mut spec = spec(&days, "00:00", "00:00", zone);
    spec.freezes.push(FreezeSpec { name: "freeze".into(), when, zone });
    spec
}

/// The freeze's one span around a moment, in UTC.
fn span(when: When, zone: Tz, around: &str) -> String {
    let window = frozen(when, zone).around(Moment::parse(around).unwrap());
    let now = Moment::parse(around).unwrap();
    let span = window.freezes.iter().map(|it| it.span).find(|it| it.until > now).unwrap();
    format!("{} – {}", span.from, span.until)
}

#[test]
fn case_03_a_weekly_freeze_is_on_from_friday_to_monday_in_its_own_zone() {
    let sydney = chrono_tz::Australia::Sydney;
    let when = When::Weekly {
        from: (Weekday::Fri, clock("17:00")),
        until: (Weekday::Mon, clock("07:00")),
    };
    let freeze = frozen(when, sydney);
    for (now, open) in [
        ("2026-03-06T05:59:00Z", true),
        ("2026-03-06T06:00:00Z", false),
        ("2026-03-08T19:59:00Z", false),
        ("2026-03-08T20:00:00Z", true),
    ] {
        assert_eq!(open_at(&freeze, now), open, "{now}");
    }
    // Summer time ends there on 5 April 2026, a Sunday: the freeze lasts until seven by the new clock.
    assert!(!open_at(&freeze, "2026-04-05T20:59:00Z"));
    assert!(open_at(&freeze, "2026-04-05T21:00:00Z"));
}

#[test]
fn case_04_a_window_of_office_hours_over_the_change_in_stockholm() {
    let stockholm = spec(&WEEK, "09:00", "16:00", chrono_tz::Europe::Stockholm);
    for (now, open) in [
        ("2026-03-27T07:30:00Z", false),
        ("2026-03-27T08:30:00Z", true),
        ("2026-03-27T14:30:00Z", true),
        ("2026-03-30T07:30:00Z", true),
        ("2026-03-30T13:59:59Z", true),
        ("2026-03-30T14:00:00Z", false),
    ] {
        assert_eq!(open_at(&stockholm, now), open, "{now}");
    }
}

#[test]
fn a_freeze_that_ends_in_the_skipped_hour_takes_its_longer_reading() {
    let once = |from, until| When::Once { from: local(from), until: local(until) };
    // Berlin skips 02:00 to 03:00 on 29 March. 02:30 is 01:30Z by the clock before, 00:30Z by the clock after.
    assert_eq!(
        span(
            once("2026-03-28 12:00", "2026-03-29 02:30"),
            chrono_tz::Europe::Berlin,
            "2026-03-28T12:00:00Z"
        ),
        "2026-03-28T11:00:00Z – 2026-03-29T01:30:00Z"
    );
    // And one that begins in it begins by its earlier reading.
    assert_eq!(
        span(
            once("2026-03-29 02:30", "2026-03-29 12:00"),
            chrono_tz::Europe::Berlin,
            "2026-03-28T12:00:00Z"
        ),
        "2026-03-29T00:30:00Z – 2026-03-29T10:00:00Z"
    );
    // New York skips the same hour on 8 March, Lord Howe half an hour on 4 October.
    assert_eq!(
        span(
            once("2026-03-07 12:00", "2026-03-08 02:30"),
            chrono_tz::America::New_York,
            "2026-03-07T12:00:00Z"
        ),
        "2026-03-07T17:00:00Z – 2026-03-08T07:30:00Z"
    );
    assert_eq!(
        span(
            once("2026-10-03 12:00", "2026-10-04 02:15"),
            chrono_tz::Australia::Lord_Howe,
            "2026-10-03T02:00:00Z"
        ),
        "2026-10-03T01:30:00Z – 2026-10-03T15:45:00Z"
    );
}

#[test]
fn a_doubled_hour_lengthens_a_freeze_and_shortens_a_window() {
    let once = |from, until| When::Once { from: local(from), until: local(until) };
    // New York has 01:00 to 02:00 twice on 1 November, Lord Howe 01:30 to 02:00 on 5 April.
    assert_eq!(
        span(
            once("2026-11-01 01:30", "2026-11-01 01:45"),
            chrono_tz::America::New_York,
            "2026-10-31T12:00:00Z"
        ),
        "2026-11-01T05:30:00Z – 2026-11-01T06:45:00Z"
    );
    assert_eq!(
        span(
            once("2026-04-05 01:40", "2026-04-05 01:50"),
            chrono_tz::Australia::Lord_Howe,
            "2026-04-04T02:00:00Z"
        ),
        "2026-04-04T14:40:00Z – 2026-04-04T15:20:00Z"
    );
    let sunday = spec(&[Weekday::Sun], "01:30", "05:00", chrono_tz::America::New_York);
    let now = Moment::parse("2026-10-31T12:00:00Z").unwrap();
    assert_eq!(sunday.around(now).open[0].from.to_string(), "2026-11-01T06:30:00Z");
    // A window that lies wholly in the doubled hour is not opened twice: no reading of it is safe.
    let short = spec(&[Weekday::Sun], "01:10", "01:50", chrono_tz::America::New_York);
    assert!(
        short
            .around(now)
            .open
            .iter()
            .all(|it| it.from > Moment::parse("2026-11-02T00:00:00Z").unwrap())
    );
}

#[test]
fn the_29th_of_february_is_a_day_like_any_other() {
    let leap = spec(&[Weekday::Tue], "09:00", "17:00", chrono_tz::Europe::Berlin);
    assert!(open_at(&leap, "2028-02-29T08:00:00Z"));
    assert!(!open_at(&leap, "2028-02-28T08:00:00Z"));
    let when = When::Once { from: local("2028-02-29 00:00"), until: local("2028-03-01 00:00") };
    assert_eq!(
        span(when, chrono_tz::America::New_York, "2028-02-28T12:00:00Z"),
        "2028-02-29T05:00:00Z – 2028-03-01T05:00:00Z"
    );
}

#[test]
fn the_same_moment_is_judged_alike_in_any_zone_that_names_it() {
    // CONDUCTOR §7.13: one freeze, written in two zones.
    let in_zone = |zone: Tz, from: &str, until: &str| {
        span(When::Once { from: local(from), until: local(until) }, zone, "2026-06-01T00:00:00Z")
    };
    assert_eq!(
        in_zone(chrono_tz::Europe::Berlin, "2026-06-05 17:00", "2026-06-08 09:00"),
        in_zone(chrono_tz::America::New_York, "2026-06-05 11:00", "2026-06-08 03:00"),
    );
    // A freeze that goes over the end of the week, and one within a day.
    let weekly = |from, until| When::Weekly { from, until };
    let night = weekly((Weekday::Sun, clock("22:00")), (Weekday::Sun, clock("21:00")));
    assert!(
        !open_at(&frozen(night, chrono_tz::UTC), "2026-03-11T12:00:00Z"),
        "nearly the whole week"
    );
    let noon = weekly((Weekday::Wed, clock("11:00")), (Weekday::Wed, clock("13:00")));
    assert!(!open_at(&frozen(noon, chrono_tz::UTC), "2026-03-11T12:00:00Z"));
    assert!(open_at(&frozen(noon, chrono_tz::UTC), "2026-03-11T13:00:00Z"));
}
