//! The start page, so that a person who opens the app sees what it is.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;

use super::{App, written};

/// `GET /`.
pub(super) async fn start(State(app): State<Arc<App>>, headers: HeaderMap) -> Html<String> {
    let sender = escaped(&app.config.sender.navn);
    let mut main = format!(
        "<h1>Barnehage og helsestasjon</h1>\n\
         <p>Dette er en <strong>eksempelapp</strong> for {sender}. Den viser hvordan en kommune kan følge folkeregisteret, \
         tilby hjemmebesøk til nyfødte og ta imot søknader om barnehageplass. Alle personer er oppdiktet, og ingenting \
         du gjør her, har betydning.</p>\n"
    );
    match app.logged_in(&headers) {
        None => main.push_str(
            "<h2>Søk om barnehageplass</h2>\n<p><a class=\"button\" href=\"/login\">Logg inn med ID-porten</a></p>\n",
        ),
        Some(pid) => {
            main.push_str("<h2>Mine søknader</h2>\n");
            let mine = app.applications_of(&pid);
            if mine.is_empty() {
                main.push_str("<p>Du har ingen søknader.</p>\n");
            } else {
                main.push_str(
                    "<table>\n<caption>Søknader om barnehageplass</caption>\n<thead><tr><th scope=\"col\">Søknad</th>\
                     <th scope=\"col\">Ønsket start</th><th scope=\"col\">Status</th></tr></thead>\n<tbody>\n",
                );
                for (id, stage, start) in mine {
                    let _ = writeln!(
                        main,
                        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                        escaped(&id),
                        written(start),
                        stage.name().replace('_', " ")
                    );
                }
                main.push_str("</tbody>\n</table>\n");
            }
            main.push_str("<form method=\"post\" action=\"/logout\"><button>Logg ut</button></form>\n");
        }
    }
    main.push_str(
        "<h2>For programmer</h2>\n<p>Søknader sendes som JSON til <code>POST /api/soeknader</code> med <code>barn</code> \
         og <code>oensket_start</code>.</p>\n",
    );
    Html(document("Barnehage og helsestasjon", &main))
}

/// A page with one message, given as plain text.
pub(super) fn message(title: &str, text: &str) -> String {
    let main =
        format!("<h1>{}</h1>\n<p>{}</p>\n<p><a href=\"/\">Til forsiden</a></p>\n", escaped(title), escaped(text));
    document(title, &main)
}

fn document(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"nb\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} – eksempelapp</title>\n<style>\n\
         body {{ font: 1.125rem/1.5 system-ui, sans-serif; color: #1e2b3c; background: #fff; max-width: 44rem; \
         margin: 2rem auto; padding: 0 1rem }}\n\
         a {{ color: #0b4f91 }} a.button, button {{ font: inherit; display: inline-block; padding: .5rem 1rem; border: 0; \
         border-radius: .25rem; background: #0b4f91; color: #fff; text-decoration: none }}\n\
         :focus-visible {{ outline: 3px solid #0b4f91; outline-offset: 3px }}\n\
         table {{ border-collapse: collapse }} caption {{ text-align: left }} \
         th, td {{ text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #767d88 }}\n\
         </style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
