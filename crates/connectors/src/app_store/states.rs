//! Apple's two vocabularies for a version's state, each by its own complete table onto our phases. A test
//! walks every member of both.

use conductor::observation::StorePhase;

/// What a state says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// This phase, and what a person should know.
    Is(StorePhase, Option<&'static str>),
    /// Live: the phased release tells to whom.
    Live,
    /// Known, but it says nothing about the version's way: the app is not on sale.
    Aside(&'static str),
}

/// `appVersionState`, the vocabulary of today. `None`: a word that we do not know.
pub(super) fn of_version(word: &str) -> Option<State> {
    use StorePhase as P;
    Some(match word {
        "PREPARE_FOR_SUBMISSION" => State::Is(P::Draft, None),
        "READY_FOR_REVIEW" => {
            State::Is(P::Draft, Some("it lies in a submission that was not sent"))
        }
        "WAITING_FOR_REVIEW" => State::Is(P::WaitingForReview, None),
        "IN_REVIEW" => State::Is(P::InReview, None),
        // Not approved: it waits for what was submitted with it.
        "ACCEPTED" => {
            State::Is(P::InReview, Some("accepted; it waits for the rest of its submission"))
        }
        "PENDING_DEVELOPER_RELEASE" => State::Is(P::Approved, None),
        "PENDING_APPLE_RELEASE" => State::Is(P::Approved, Some("Apple releases it by itself")),
        "PROCESSING_FOR_DISTRIBUTION" => {
            State::Is(P::Approved, Some("Apple is processing it, which takes up to 24 h"))
        }
        "READY_FOR_DISTRIBUTION" => State::Live,
        "REPLACED_WITH_NEW_VERSION" => State::Is(P::Replaced, None),
        "DEVELOPER_REJECTED" => State::Is(P::Draft, Some("it was withdrawn from review")),
        "REJECTED" => State::Is(
            P::Rejected,
            Some("Apple refused it; the reason is in App Store Connect, under App Review"),
        ),
        "METADATA_REJECTED" => State::Is(
            P::Rejected,
            Some("Apple refused its texts or pictures; it may be answered with the same build"),
        ),
        "INVALID_BINARY" => {
            State::Is(P::Rejected, Some("Apple cannot use its build; upload another"))
        }
        "WAITING_FOR_EXPORT_COMPLIANCE" => State::Is(
            P::NeedsPerson,
            Some("a person must answer the question on encryption in App Store Connect"),
        ),
        _ => return None,
    })
}

/// `appStoreState`, the vocabulary before. `None`: a word that we do not know.
pub(super) fn of_store(word: &str) -> Option<State> {
    use StorePhase as P;
    Some(match word {
        "READY_FOR_SALE" => State::Live,
        "PROCESSING_FOR_APP_STORE" => {
            State::Is(P::Approved, Some("Apple is processing it, which takes up to 24 h"))
        }
        "PREORDER_READY_FOR_SALE" => State::Is(P::Approved, Some("it can be ordered in advance")),
        "PENDING_CONTRACT" => State::Is(
            P::NeedsPerson,
            Some("the account holder must accept a contract in App Store Connect"),
        ),
        "DEVELOPER_REMOVED_FROM_SALE" => State::Aside("a person took the app off sale"),
        "REMOVED_FROM_SALE" => State::Aside("Apple took the app off sale"),
        "NOT_APPLICABLE" => State::Aside("Apple says that a state does not apply to it"),
        "PREPARE_FOR_SUBMISSION"
        | "READY_FOR_REVIEW"
        | "WAITING_FOR_REVIEW"
        | "IN_REVIEW"
        | "ACCEPTED"
        | "PENDING_DEVELOPER_RELEASE"
        | "PENDING_APPLE_RELEASE"
        | "REPLACED_WITH_NEW_VERSION"
        | "DEVELOPER_REJECTED"
        | "REJECTED"
        | "METADATA_REJECTED"
        | "INVALID_BINARY"
        | "WAITING_FOR_EXPORT_COMPLIANCE" => return of_version(word), // Not renamed.
        _ => return None,
    })
}

/// What both fields of a row say together. `Err`: in words, why it is not known.
pub(super) fn together(new: Option<&str>, old: Option<&str>) -> Result<State, String> {
    let unknown = |word: &str| {
        let word: String = word.chars().take(60).collect();
        format!("Apple says `{word}` of it, a word that Signalbox does not know")
    };
    match (new, old) {
        (None, None) => Err("Apple sent no state of it".to_owned()),
        (None, Some(old)) => of_store(old).ok_or_else(|| unknown(old)),
        (Some(new), None) => of_version(new).ok_or_else(|| unknown(new)),
        (Some(new), Some(old)) => {
            let state = of_version(new).ok_or_else(|| unknown(new))?;
            match (state, of_store(old)) {
                // The old field says more about the app's sale than about the version, or is newer than we are.
                (_, None | Some(State::Aside(_))) => Ok(state),
                (State::Live, Some(State::Live)) => Ok(state),
                (State::Is(a, _), Some(State::Is(b, _))) if a == b => Ok(state),
                // On the way to the sale: what the contract or the advance order adds is not another state.
                (_, Some(State::Is(..)))
                    if matches!(old, "PENDING_CONTRACT" | "PREORDER_READY_FOR_SALE") =>
                {
                    Ok(state)
                }
                _ => Err(format!("Apple contradicts itself: `{new}` and `{old}`")),
            }
        }
    }
}
