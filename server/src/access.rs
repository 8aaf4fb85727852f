//! Who may do what: the one table. What is not in it is refused.

use conductor::Person;

/// What somebody is here, each with all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Reads.
    Viewer,
    /// Speaks for a team.
    Engineer,
    /// Moves and stops trains.
    ReleaseManager,
    /// Changes rules and people.
    Admin,
}

impl Role {
    /// All, the least first.
    pub(crate) const ALL: [Self; 4] =
        [Self::Viewer, Self::Engineer, Self::ReleaseManager, Self::Admin];

    /// The word in forms and on pages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Engineer => "engineer",
            Self::ReleaseManager => "release-manager",
            Self::Admin => "admin",
        }
    }

    /// The name for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Engineer => "Engineer",
            Self::ReleaseManager => "Release manager",
            Self::Admin => "Admin",
        }
    }

    /// The role of that word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// Who.
    pub(crate) person: Person,
    /// What.
    pub(crate) role: Role,
}

/// A kind of thing that people do, most of them to a train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Try other rules, by which nothing is written.
    Try,
    /// Say a team's word on a candidate.
    SignOff,
    /// Tick an item of a checklist, or approve in a role that one has.
    Tick,
    /// Stop a train, or let it go.
    Hold,
    /// Excuse a condition, or take that back.
    Waive,
    /// Answer what the conductor asks.
    Answer,
    /// Order an action.
    Order,
    /// Say that it is an emergency, which no window stops.
    Emergency,
    /// Take a train off the line.
    Cancel,
}

impl Right {
    /// The least role that has it.
    pub(crate) fn least(self) -> Role {
        match self {
            Self::Try => Role::Viewer,
            Self::SignOff | Self::Tick => Role::Engineer,
            Self::Hold
            | Self::Waive
            | Self::Answer
            | Self::Order
            | Self::Emergency
            | Self::Cancel => Role::ReleaseManager,
        }
    }
}

/// What a program's token is for, which is one thing whoever holds it. No scope gives a role, and no role a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Push readings about the apps of its source.
    Readings,
}

impl Scope {
    /// What somebody with another token is told.
    pub(crate) fn refusal(self) -> &'static str {
        match self {
            Self::Readings => {
                "readings are pushed with the token of a source of kind `pushed`, not with the admin's"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_found_by_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("Admin"), None);
    }

    #[test]
    fn reading_gives_no_right_to_write() {
        for right in [
            Right::SignOff,
            Right::Tick,
            Right::Emergency,
            Right::Hold,
            Right::Waive,
            Right::Answer,
            Right::Order,
            Right::Cancel,
        ] {
            assert!(right.least() > Role::Viewer, "{right:?}");
        }
    }
}
