//! Draws are named, even and stable.
use super::Draw;

#[test]
fn a_draw_depends_on_its_name_and_seed_alone() {
    let first = Draw::new(7, "bugs").at(3);
    let _other = Draw::new(7, "reviews").bits();
    assert_eq!(first.bits(), Draw::new(7, "bugs").at(3).bits());
    assert_ne!(first.bits(), Draw::new(8, "bugs").at(3).bits());
    assert_ne!(first.bits(), Draw::new(7, "bugs").at(4).bits());
}

#[test]
fn draws_spread_evenly() {
    let draw = Draw::new(1, "even");
    let mean = (0..4_000).map(|turn| draw.at(turn).unit()).sum::<f64>() / 4_000.0;
    assert!((mean - 0.5).abs() < 0.02, "{mean}");
    let hits = (0..4_000).filter(|turn| draw.at(*turn).chance(0.1)).count();
    assert!((300..500).contains(&hits), "{hits}");
    let ends: Vec<i64> = (0..200).map(|turn| draw.at(turn).between(2, 4)).collect();
    assert!(ends.contains(&2) && ends.contains(&4) && ends.iter().all(|end| (2..=4).contains(end)));
}

#[test]
fn a_sha_keeps_its_head_and_has_forty_digits() {
    let sha = Draw::new(1, "c").sha("1fa4783ae9fc");
    assert!(sha.starts_with("1fa4783ae9fc"));
    assert_eq!(sha.len(), 40);
}
