//! The pages as a reader without scripts gets them.

use axum::http::header;

use crate::town::model::tests_town::rolle;
use crate::townhall::MAIN;
use crate::web::tests_hall::Hall;
use crate::web::{Lang, SERVICES};

#[tokio::test]
async fn the_first_page_answers_at_the_root_and_below_ui_without_a_redirect() {
    let hall = Hall::new();
    let root = hall.page("/").await;
    assert_eq!(root.status, 200);
    for path in ["/ui", "/ui/"] {
        let page = hall.page(path).await;
        assert_eq!(page.status, 200);
        // Only the links to the other languages name the page they are on.
        let neutral = |body: &str, path: &str| {
            let links = body.replace(&format!("href=\"{path}?lang="), "href=\"?lang=");
            links.replace(&format!("href=\"{path}\" lang="), "href=\"\" lang=")
        };
        assert_eq!(neutral(&page.body, path), neutral(&root.body, "/"), "{path}");
    }
    for size in ["1500", "5000", "10000", "20000", "35000", "50000", "75000", "100000"] {
        assert!(root.body.contains(&format!("name=\"size\" value=\"{size}\"")), "{size}");
    }
    for text in ["SYNTETISK", "mandag 4. januar 2027 kl. 08:00", "Nordvik", "byteby env", "Kontaktregisteret"] {
        assert!(root.body.to_lowercase().contains(&text.to_lowercase()), "{text}");
    }
    for service in SERVICES {
        assert!(root.body.contains(&format!("http://localhost:2983{}", service.base)), "{}", service.id);
    }
    assert!(root.body.contains(&hall.nummer(rolle::KARI)), "somebody to log in as");
    assert!(!root.body.contains(&hall.nummer(rolle::LINE)), "nobody protected is offered");
}

/// Whether some tag has an attribute like `onclick="…"`.
fn handles_events(html: &str) -> bool {
    let attributes = html.split(" on").skip(1).filter_map(|rest| rest.split_once('='));
    attributes.into_iter().any(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[tokio::test]
async fn the_api_page_shows_every_operation_and_the_errors_every_code() {
    let hall = Hall::new();
    let page = hall.page("/ui/api").await;
    assert_eq!(page.status, 200);
    let document = crate::web::admin::document();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 15);
    for path in paths.keys() {
        assert!(page.body.contains(&format!(" {path}</code></h3>")), "{path}");
    }
    for text in ["POST /worlds/{world}/fork", "href=\"#schema-Fork\"", "id=\"schema-Problem\"", "Idempotency-Key"] {
        assert!(page.body.contains(text), "{text}");
    }
    let errors = hall.page("/ui/errors?lang=en").await;
    for code in crate::web::entries().keys() {
        assert!(errors.body.contains(&format!("<tr id=\"{code}\">")), "{code}");
    }
    assert!(errors.body.contains("The clock does not go backwards"));
    let problem = hall.page("/_byteby/v1/worlds/x").await.json();
    assert_eq!(problem["docs"], "/ui/errors#BB1801");
}

#[tokio::test]
async fn pages_ask_nobody_else_for_anything_and_run_no_scripts() {
    let hall = Hall::new();
    let person = format!("/ui/people/{}", hall.nummer(rolle::KARI));
    for path in [
        "/",
        "/ui",
        "/ui/people",
        "/ui/people?q=kari",
        person.as_str(),
        "/ui/messages",
        "/ui/logins",
        "/ui/logins/1",
        "/ui/api",
        "/ui/errors",
        "/ui/nowhere",
    ] {
        let page = hall.page(path).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(
            !page.body.contains("<script") && !page.body.contains("style=\"") && !handles_events(&page.body),
            "{path}"
        );
        for attribute in ["src=\"", "href=\"", "action=\""] {
            for link in page.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let ours = link.starts_with('/') && !link.starts_with("//") || link.starts_with('#');
                if let Some(place) = link.strip_prefix('#') {
                    assert!(
                        page.body.contains(&format!("id=\"{place}\"")),
                        "{path} leads to #{place}, which is not there"
                    );
                }
                assert!(ours, "{path} links to {link}");
            }
        }
    }
    let style = hall.page("/ui/byteby.css").await;
    assert_eq!(style.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(!style.body.contains("url(") && !style.body.contains("@import"));
}

#[tokio::test]
async fn every_language_says_so_and_links_stay_in_it() {
    let hall = Hall::new();
    for lang in Lang::ALL {
        let page = hall.page(&format!("/ui/people?q=kari&lang={}", lang.code())).await;
        assert!(page.body.contains(&format!("<html lang=\"{}\">", lang.code())));
        assert!(page.body.contains(lang.text("people.title")));
        let stays =
            if lang == Lang::Nb { "href=\"/ui\"".to_owned() } else { format!("href=\"/ui?lang={}\"", lang.code()) };
        assert!(page.body.contains(&stays), "{lang:?}");
        assert!(page.body.contains("q=kari"), "the search goes along to the other languages");
    }
}

#[tokio::test]
async fn choosing_a_size_opens_one_world_and_stays_in_the_language() {
    let hall = Hall::new();
    // The small town's header names a profile no generator makes, so choose from a world that one does.
    let made = hall
        .admin("POST", "/worlds", &serde_json::json!({"name": "a", "size": 1500, "municipality": "fjordkommune"}))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for _ in 0..2 {
        let answer = hall.send("a", "POST", "/ui/worlds", &form, "size=5000&lang=en").await;
        assert_eq!(
            (answer.status.as_u16(), answer.headers["location"].to_str().unwrap()),
            (303, "/w/by-5000/ui?lang=en")
        );
    }
    let same = hall.send("a", "POST", "/ui/worlds", &form, "size=1500&lang=nb").await;
    assert_eq!(same.headers["location"], "/w/a/ui");
    assert_eq!(hall.hall.worlds().len(), 3);
    let page = hall.send("by-5000", "GET", "/ui", &[], "").await;
    assert!(page.body.contains("byteby env --world by-5000"));
    assert!(page.body.contains("http://localhost:2983/w/by-5000/krr"));
    assert!(page.body.contains("href=\"/w/by-5000/ui/people\""));
}

#[tokio::test]
async fn a_size_that_is_no_choice_and_a_form_of_another_site_are_refused() {
    let hall = Hall::new();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let odd = hall.send(MAIN, "POST", "/ui/worlds", &[form], "size=1234&lang=nb").await;
    assert_eq!(odd.status, 422);
    let foreign = hall.send(MAIN, "POST", "/ui/worlds", &[form, ("sec-fetch-site", "cross-site")], "size=5000").await;
    assert_eq!(foreign.status, 403);
    assert_eq!(hall.hall.worlds().len(), 1);
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_any_part_of_the_name_and_by_number() {
    let hall = Hall::new();
    let kari = hall.nummer(rolle::KARI);
    for (query, found, not_found) in [
        ("nord%C3%A5s", vec!["Kari Nordås", "Ola Nordås"], vec!["Line Skog"]),
        ("NORD+ol", vec!["Ola Nordås"], vec!["Kari Nordås"]),
        ("%C3%B8ye", vec!["Astrid Øye"], vec!["Einar Øye"]),
        (kari.as_str(), vec!["Kari Nordås"], vec!["Ola Nordås"]),
        ("xyz", vec![], vec!["<table"]),
    ] {
        let page = hall.page(&format!("/ui/people?q={query}")).await;
        for name in found {
            assert!(page.body.contains(name), "{query} finds {name}");
        }
        for name in not_found {
            assert!(!page.body.contains(name), "{query} does not find {name}");
        }
    }
}

#[tokio::test]
async fn names_and_searches_are_text_and_never_markup() {
    let hall = Hall::new();
    let page = hall.page("/ui/people?q=%3Cb%3E%22x").await;
    assert!(!page.body.contains("<b>"));
    assert!(page.body.contains("&#60;b&#62;&#34;x"), "{}", page.body);
}

#[tokio::test]
async fn somebody_unknown_and_somewhere_unknown_are_404_in_words() {
    let hall = Hall::new();
    let nobody = hall.page("/ui/people/12345678901?lang=en").await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.body.contains("Nobody in this world has that identity number."));
    assert!(!nobody.body.contains("<p>12345678901"));
    assert_eq!(hall.page("/ui/kart").await.status, 404);
}
