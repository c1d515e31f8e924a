//! As many as a call may have.

use convene_tests::{Product, lightning::appointment};
use serde_json::json;

use super::{address, assert_done};

#[tokio::test]
async fn five_hundred_attendees() {
    let product = Product::start().await;
    let (caller, outlook, simulator) = (product.contoso().await, product.outlook("contoso").await, product.simulator());
    let mut people = vec!["organizer".to_owned()];
    for number in 0..500 {
        people.push(format!("person{number}"));
        simulator.add_mailbox("contoso.com", &address(&people[number + 1])).await;
    }
    let attendees: Vec<_> = people[1..].iter().map(|name| address(name)).collect();
    let mut asked = appointment("a", &attendees.iter().map(String::as_str).collect::<Vec<_>>());
    let names: Vec<_> = people.iter().map(String::as_str).collect();
    assert_done(&caller.create_appointments(&asked).await, &names);
    asked["subject"] = json!("New");
    assert_done(&caller.update_appointments(&asked).await, &names);
    for name in ["organizer", "person0", "person499"] {
        assert_eq!(outlook.only_event(&address(name)).await["subject"], "New");
    }
    let attendees: Vec<_> = attendees.iter().map(String::as_str).collect();
    assert_done(&caller.delete_appointments("a", &address("organizer"), &attendees).await, &names);
    let mailboxes = simulator.control(reqwest::Method::GET, "/mailboxes", None).await;
    let left = mailboxes.as_array().expect("mailboxes").iter().filter(|mailbox| mailbox["events"] != 0).count();
    assert_eq!(left, 0, "{mailboxes}");
    // Once more is the same, and one more is too many.
    assert_done(&caller.delete_appointments("a", &address("organizer"), &attendees).await, &names);
    asked["attendees"]
        .as_array_mut()
        .expect("attendees")
        .push(json!({"email": address("attendee1"), "isRequired": true}));
    let refused = caller.create_appointments(&asked).await.expect(400, "InvalidRequest").json();
    assert_eq!(
        (&refused["email"], &refused["details"][0]["field"]),
        (&json!("organizer@contoso.com"), &json!("attendees"))
    );
}
