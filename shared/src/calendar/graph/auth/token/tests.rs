use super::*;

fn stored(name: &str, minutes: i64) -> AccessToken {
    AccessToken::stored(&name.into(), Utc::now() + TimeDelta::minutes(minutes)).expect("a token")
}

fn exchanged(name: &str, seconds: i64) -> AccessToken {
    AccessToken::exchanged(&name.into(), Utc::now(), TimeDelta::seconds(seconds)).expect("a token")
}

#[test]
fn a_token_is_due_for_renewal_before_it_expires() {
    let slot = TokenSlot::default();
    assert!(!slot.adopt(&stored("ended", 0)));
    assert!(slot.usable().is_none());
    assert!(!slot.adopt(&stored("ending", 4)));
    assert!(slot.fresh().is_none() && slot.usable().is_some());
    assert!(slot.postpone_renewal().is_some() && slot.fresh().is_some());
    assert!(slot.adopt(&stored("new", 60)));
    // An older one does not replace it.
    slot.adopt(&stored("older", 30));
    assert!(slot.fresh().expect("fresh").bearer == "Bearer new");
}

#[test]
fn a_short_lived_token_is_renewed_after_half_of_its_lifetime() {
    let slot = TokenSlot::default();
    assert!(slot.adopt(&exchanged("short", 20)));
    assert!(!slot.adopt(&exchanged("shortest", 0)));
}

#[test]
fn a_refused_token_is_not_adopted_again() {
    let slot = TokenSlot::default();
    let token = stored("one", 60);
    slot.adopt(&token);
    assert!(slot.reject(&token, Access::Application));
    assert!(!slot.adopt(&stored("one", 60)));
    assert!(slot.adopt(&stored("two", 60)));
    // A late refusal of the old token: the newer one stays.
    assert!(slot.reject(&token, Access::Application));
    assert!(slot.fresh().is_some());
}

#[tokio::test(start_paused = true)]
async fn repeated_refusals_renew_the_token_at_most_once_per_interval() {
    for (access, seconds) in [(Access::Application, 60), (Access::Delegated, 600)] {
        let slot = TokenSlot::default();
        let (first, second, third) = (exchanged("one", 3600), exchanged("two", 3600), exchanged("three", 3600));
        slot.adopt(&first);
        assert!(slot.reject(&first, access));
        // A concurrent refusal shares the renewal.
        assert!(slot.reject(&first, access));
        slot.adopt(&second);
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(seconds / 6)).await;
            assert!(!slot.reject(&second, access));
            assert!(slot.fresh().is_some_and(|token| token.bearer == "Bearer two"));
        }
        tokio::time::advance(Duration::from_secs(seconds / 6 + 1)).await;
        assert!(slot.reject(&second, access) && slot.usable().is_none());
        slot.adopt(&third);
        assert!(!slot.reject(&third, access) && slot.usable().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn forced_renewals_are_stored_once_in_ten_minutes() {
    for (access, stores) in [(Access::Application, 4), (Access::Delegated, 4)] {
        let slot = TokenSlot::default();
        let mut token = exchanged("first", 3600);
        assert!(slot.adopt_exchanged(&token, access), "not forced");
        let (mut renewals, mut stored) = (0, 0);
        for n in 0..35 {
            if slot.reject(&token, access) {
                token = exchanged(&n.to_string(), 3600);
                renewals += 1;
                stored += usize::from(slot.adopt_exchanged(&token, access));
            }
            tokio::time::advance(Duration::from_secs(61)).await;
        }
        assert_eq!((renewals, stored), (if access == Access::Application { 35 } else { 4 }, stores));
        assert!(slot.adopt_exchanged(&exchanged("due", 3600), access), "not forced");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_credential_fails_only_the_requests_that_waited() {
    let slot = TokenSlot::default();
    let asked = Instant::now();
    assert!(slot.refused_since(asked).is_none());
    let error = CalendarError::NotConfigured { cause: String::new() };
    slot.refuse(&error);
    assert_eq!(slot.refused_since(asked), Some(error));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(slot.refused_since(Instant::now()).is_none());
}

#[test]
fn a_token_must_be_a_valid_header_value() {
    assert!(AccessToken::stored(&"a\nb".into(), Utc::now()).is_none());
}
