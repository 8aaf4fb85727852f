//! What is wrong with a condition's numbers and names, before it is ever judged.

use super::Condition;
use crate::observation::{Share, Value};

/// Something wrong: the key, and what is wrong with it and what to do.
pub(crate) type Wrong = (&'static str, String);

impl Condition {
    /// What is wrong with it alone; its parts are looked at by themselves.
    pub(crate) fn flaws(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        match self {
            Self::Quality { at_least_ppm, versus_previous, minimum_sample, .. } => {
                match (at_least_ppm, versus_previous) {
                    (0, None) => wrong.push((
                        "kind",
                        "neither at_least_ppm nor versus_previous is given; say what the rate is held against (99.8 % is at_least_ppm = 998000)".into(),
                    )),
                    (1.., Some(_)) => wrong.push((
                        "versus_previous",
                        "at_least_ppm is given too; make two rules of it, so that each has a line of its own".into(),
                    )),
                    (0, Some(versus)) if versus.tolerance_ppm >= 500_000 => wrong.push((
                        "versus_previous",
                        format!("tolerance_ppm is {}, half of all sessions or more; 0.1 % is 1000", versus.tolerance_ppm),
                    )),
                    (1_000_000.., None) => wrong.push((
                        "at_least_ppm",
                        format!("at_least_ppm is {at_least_ppm}; give a rate between 1 and 999999 parts per million (99.8 % is 998000)"),
                    )),
                    (1..500_000, None) => wrong.push((
                        "at_least_ppm",
                        format!("at_least_ppm is {at_least_ppm}, less than half: it is the share of good sessions, not of crashes (99.8 % is 998000)"),
                    )),
                    (_, None) | (0, Some(_)) => {}
                }
                if *minimum_sample == 0 {
                    wrong.push((
                        "minimum_sample",
                        "minimum_sample is 0; a rate of no sessions tells nothing, give at least 1"
                            .into(),
                    ));
                }
            }
            Self::Soaked { hours, at_ppm } => {
                if *hours == 0 {
                    wrong.push((
                        "hours",
                        "hours is 0; take the condition out, or give at least 1".into(),
                    ));
                }
                if at_ppm.is_some_and(|share| share == Share::NONE || share > Share::ALL) {
                    wrong.push((
                        "at_ppm",
                        "is no share between 1 and 1000000 parts per million; 1 % is 10000".into(),
                    ));
                }
            }
            Self::Store { is, by_hand: false, phased: false } if is.is_empty() => wrong.push((
                "is",
                "`is` is empty, so it can never be met; name at least one phase".into(),
            )),
            Self::Window { name } if name.is_empty() => {
                wrong.push(("name", "the window has no name".into()));
            }
            Self::SignedOff { quorum: 0, .. } => {
                wrong.push(("quorum", "quorum is 0, so nobody need sign; give at least 1".into()));
            }
            Self::Approved { role, at_least, .. } => {
                if role.is_empty() {
                    wrong.push(("role", "the role has no name".into()));
                }
                if *at_least == 0 {
                    wrong.push((
                        "at_least",
                        "at_least is 0, so nobody need approve; give at least 1".into(),
                    ));
                }
            }
            Self::Checklist { items, .. } => {
                if items.is_empty() {
                    wrong.push((
                        "items",
                        "`items` is empty; name at least one thing to tick".into(),
                    ));
                }
                if let Some(twice) = items
                    .iter()
                    .enumerate()
                    .find_map(|(n, it)| items.iter().take(n).any(|other| other == it).then_some(it))
                {
                    wrong.push((
                        "items",
                        format!("`{twice}` is there twice; one tick would count for both"),
                    ));
                }
            }
            Self::Metric { name, at_least, at_most, .. } => {
                bounds(&mut wrong, name, at_least.as_ref(), at_most.as_ref(), false);
            }
            Self::Reading { name, at_least, at_most, is } => {
                bounds(&mut wrong, name, at_least.as_ref(), at_most.as_ref(), is.is_some());
            }
            Self::Flag { name, .. } if name.is_empty() => {
                wrong.push(("name", "the flag has no name".into()));
            }
            Self::All { of } | Self::Any { of } if of.is_empty() => {
                wrong.push(("of", "`of` is empty; put at least one condition in".into()));
            }
            Self::TestsPassed { .. }
            | Self::BuildContainsLatest { .. }
            | Self::BuildVerified
            | Self::BuildUploaded
            | Self::BlockingBugs { .. }
            | Self::SignedOff { .. }
            | Self::Store { .. }
            | Self::Window { .. }
            | Self::LineClear { .. }
            | Self::Compliance { .. }
            | Self::Flag { .. }
            | Self::StoreReady { .. }
            | Self::Backmerged { .. }
            | Self::All { .. }
            | Self::Any { .. }
            | Self::Not { .. } => {}
        }
        wrong
    }

    /// Whether nobody but its process can say who changes it: then the rule names an owner.
    pub(crate) fn needs_owner(&self) -> bool {
        matches!(
            self,
            Self::Compliance { .. }
                | Self::Checklist { .. }
                | Self::Metric { .. }
                | Self::Reading { .. }
                | Self::Flag { .. }
        )
    }
}

fn bounds(
    wrong: &mut Vec<Wrong>,
    name: &str,
    at_least: Option<&Value>,
    at_most: Option<&Value>,
    is: bool,
) {
    if name.is_empty() {
        wrong.push(("name", "it has no name".into()));
    }
    for (key, bound) in [("at_least", at_least), ("at_most", at_most)] {
        if let Some(bound) = bound
            && bound.millionths().is_none()
        {
            wrong.push((key, format!("{key} is `{bound}`, which is no number")));
        }
    }
    match (at_least.and_then(Value::millionths), at_most.and_then(Value::millionths)) {
        (Some(least), Some(most)) if least > most => wrong.push((
            "at_least",
            "at_least is above at_most, so it can never be met; swap them".into(),
        )),
        _ => {}
    }
    if at_least.is_none() && at_most.is_none() && !is {
        wrong.push(("name", "nothing is asked of it; give at_least or at_most".into()));
    }
    if is && (at_least.is_some() || at_most.is_some()) {
        wrong.push((
            "is",
            "at_least or at_most is given too; ask for a number or for a word".into(),
        ));
    }
}
