use super::*;

/// The body that is sent for an event with this HTML.
fn with_join_block(text: &str, html_now: &str, join_url: Option<&str>) -> String {
    let block = find(html_now, join_url).expect("a block");
    below(text, &html_now[block], join_url)
}

const URL: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Zz%40thread.v2/0?context=%7b%22Tid%22%7d&x=1";

fn rule() -> String {
    "<div style=\"width:100%\"><span style=\"opacity:.36\">________________________________________</span></div>"
        .to_owned()
}

fn link() -> String {
    format!("<a class=\"me-email-headline\" href=\"{}\">Join</a>", URL.replace('&', "&amp;"))
}

/// The older form of the body: rule, block, rule.
fn block() -> String {
    format!("{}\r\n<div class=\"me-email-text\" lang=\"en-US\"><div>Teams</div>{}</div>\r\n{}", rule(), link(), rule())
}

fn document(inner: &str) -> String {
    format!("<html><head></head>\r\n<body>\r\n{inner}\r\n</body>\r\n</html>")
}

#[test]
fn the_block_stays_and_the_text_above_it_is_replaced() {
    let now = document(&format!("Old &amp; text<br>\r\n<br>\r\n{}", block()));
    let next = with_join_block("New", &now, Some(URL));
    assert_eq!(next, format!("<html><body>\nNew<br>\n{}\n</body></html>", block()));
    // Repeating it does not accumulate blocks.
    assert_eq!(with_join_block("New", &next, Some(URL)), next);
}

#[test]
fn text_of_a_person_is_not_taken_for_the_block() {
    let written = format!("<p>{}</p>{}<p>Agenda</p>", link(), rule());
    let now = document(&format!("{written}{}", block()));
    assert_eq!(with_join_block("New", &now, Some(URL)), format!("<html><body>\nNew<br>\n{}\n</body></html>", block()));
}

#[test]
fn the_block_is_found_without_its_rule_and_inside_its_wrapper() {
    let bare = format!("<div class=\"me-email-text\"><b>Teams</b>{}</div>", link());
    let wrapped = format!("<div class=\"me-email-text\" lang=\"en-US\"> {}<div>{}</div></div>", rule(), link());
    let unknown = format!("<p class=\"x\">Join: {}</p>", link());
    for block in [bare, wrapped, unknown] {
        let next = with_join_block("New", &document(&format!("<div>Old</div>{block}")), Some(URL));
        assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
    }
}

#[test]
fn the_block_is_found_without_the_join_url_and_in_any_case() {
    let now = document(&format!("Old<br>{}", block())).to_ascii_uppercase();
    assert!(with_join_block("New", &now, None).contains("MEETUP-JOIN"));
    assert!(with_join_block("New", &now, Some(URL)).contains("MEETUP-JOIN"));
    assert!(!with_join_block("New", &now, Some("https://elsewhere.test/1")).contains("OLD"));
}

#[test]
fn a_body_without_the_block_has_none() {
    for now in [
        document("<p>Old ____________________</p>"),
        document("See https://teams.microsoft.com/meet/12"),
        String::new(),
    ] {
        assert_eq!(find(&now, Some("https://elsewhere.test/1")), None, "{now}");
        assert_eq!(find(&now, None), None, "{now}");
        assert!(!is_in(&now), "{now}");
    }
    // A person may have written a link before there is a block. It counts only if it is the meeting's own.
    let written = document(&format!("<p>Old</p><p>{}</p>", link()));
    assert_eq!(find(&written, None), None);
    assert!(find(&written, Some(URL)).is_some());
}

#[test]
fn of_link_makes_a_block_that_is_found_again() {
    let block = of_link("https://teams.microsoft.com/l/meetup-join/1?a=1&b=2");
    let next = below("New", &block, Some("https://teams.microsoft.com/l/meetup-join/1?a=1&b=2"));
    assert!(next.contains("href=\"https://teams.microsoft.com/l/meetup-join/1?a=1&amp;b=2\""), "{next}");
    // It is found with the join URL and without, and in the text that is read.
    for url in [Some("https://teams.microsoft.com/l/meetup-join/1?a=1&b=2"), None] {
        assert_eq!(with_join_block("Newer", &next, url), next.replace("New", "Newer"));
    }
    let read = "New\nMicrosoft Teams meeting\nhttps://teams.microsoft.com/l/meetup-join/1?a=1&b=2";
    assert_eq!(with_join_block(read, &next, None), next);
}

/// The current form: a short link, and a second one below it.
const SHORT: &str = "https://teams.microsoft.com/meet/3141592653589?p=abcDEF";

fn two_links(class: &str, between: &str) -> String {
    let join = format!("<div><a class=\"me-email-headline\" href=\"{SHORT}\">Join the meeting now</a></div>");
    let reference = format!("<div><a href=\"{}\">System reference</a></div>", URL.replace('&', "&amp;"));
    format!("<div{class}><div><b>Microsoft Teams</b></div>{join}<div>Meeting ID: 314</div>{between}{reference}</div>")
}

#[test]
fn a_block_with_two_links_is_kept_whole() {
    let classed = two_links(" class=\"me-email-text\" lang=\"en-US\"", "");
    let inner = two_links(" class=\"me-email-text\"", "<div class=\"me-email-text-secondary\">For organizers</div>");
    let ruled_within = two_links(" class=\"me-email-text\"", &rule());
    let ruled = format!("{}\r\n{}\r\n{}", rule(), two_links("", ""), rule());
    let unknown = two_links("", "");
    let in_two = format!(
        "<div class=\"me-email-text\"><a href=\"{SHORT}\">Join</a></div>\r\n<br>\r\n<div class=\"me-email-text\"><a href=\"{URL}\">System reference</a></div>"
    );
    for block in [classed, inner, ruled_within, ruled, unknown, in_two] {
        for written in ["<p>Old</p>", "Old<br>", "<div>Old <i>words</i></div>"] {
            let next = with_join_block("New", &document(&format!("{written}{block}")), Some(URL));
            assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
        }
    }
}

#[test]
fn a_block_with_two_links_is_removed_from_text() {
    let block = two_links(" class=\"me-email-text\"", "");
    let now = document(&format!("Old<br>{block}"));
    let shown = format!("Microsoft Teams\nJoin the meeting now<{SHORT}>\nMeeting ID: 314\nSystem reference<{URL}>");
    for text in [format!("New\n{shown}"), format!("New\n\n{shown}\n{shown}\n")] {
        for url in [Some(URL), Some(SHORT), None] {
            let next = with_join_block(&text, &now, url);
            assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"), "{url:?}");
        }
    }
}

#[test]
fn a_block_is_recognized_in_html_and_in_text() {
    for block in [block(), two_links(" class=\"me-email-text\"", "")] {
        assert!(is_in(&document(&format!("Old{block}"))), "{block}");
    }
    assert!(is_in(&format!("Old\n{}", shown(true))));
    for text in [
        format!("Join {URL}"),
        format!("____________________\n{URL}"),
        "____________________\na\n____________________".to_owned(),
    ] {
        assert!(!is_in(&text), "{text}");
    }
}

#[test]
fn a_line_to_sign_on_is_not_the_rule_of_the_block() {
    let bare = format!("<div class=\"me-email-text\"><span class=\"me-email-text\">Teams</span>{}</div>", link());
    let unknown = format!("<p class=\"x\">Join: {}</p>", link());
    for written in ["<p>Sign here: ____________________________</p>", "<p>____________________________</p>Agenda"] {
        for block in [&bare, &unknown] {
            let next = with_join_block("New", &document(&format!("{written}{block}")), Some(URL));
            assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
        }
    }
    // The current form: the rule within the element, the name below it.
    let today = format!(
        "<div class=\"me-email-text\" lang=\"en-US\">\r\n{}\r\n<div><b>Teams</b> <a href=\"x\">Help?</a></div>{}\r\n{}</div>",
        rule(),
        link(),
        rule()
    );
    // A block that Teams added to plain text has no elements.
    let plain = format!("{}\r\nTeams<br>\r\nJoin: {}<br>\r\n{}", rule(), link(), rule());
    for block in [today, plain] {
        let now = document(&format!("<p>Sign: ____________________</p>Old<br>{block}"));
        let next = with_join_block("New", &now, Some(URL));
        assert_eq!(next, format!("<html><body>\nNew<br>\n{block}\n</body></html>"));
    }
}

/// A block as plain text, as reading the event returns it.
fn shown(ruled: bool) -> String {
    let rule = if ruled { "________________________________________\n" } else { "" };
    format!("{rule}Teams\nJoin<{URL}>\n{rule}")
}

#[test]
fn the_block_is_removed_from_text() {
    let bare = format!("<div class=\"me-email-text\"><div>Teams</div>{}</div>", link());
    for (block, ruled) in [(block(), true), (bare, false)] {
        let now = document(&format!("Old<br>{block}"));
        let expected = |text: &str| format!("<html><body>\n{text}<br>\n{block}\n</body></html>");
        let shown = shown(ruled);
        for (text, kept) in [
            (format!("New\n\n{shown}"), "New"),
            (format!("New\r\n{}", shown.replace('\n', "\r\n")), "New"),
            (shown.clone(), ""),
            (format!("New\n{shown}\n{shown}{shown}"), "New"),
            (format!("New\n{shown}\nBelow"), "New<br>\nBelow"),
            ("Sign: ____________________\nNew\n".to_owned() + &shown, "Sign: ____________________<br>\nNew"),
        ] {
            assert_eq!(with_join_block(&text, &now, Some(URL)), expected(kept), "{text}");
            assert_eq!(with_join_block(&text, &now, None), expected(kept), "{text}");
        }
    }
}

#[test]
fn a_link_of_a_person_stays() {
    let now = document(&block());
    for text in [format!("Join {URL}"), format!("____________________\nPoints\n{URL}")] {
        let next = with_join_block(&text, &now, Some(URL));
        assert!(next.contains(&escape(&text)), "{next}");
    }
}
