//! The real program: what it prints, where, and the code it ends with.

use std::path::Path;
use std::process::{Command, Output};

fn byteby(arguments: &[&str]) -> Output {
    byteby_in(Path::new(env!("CARGO_TARGET_TMPDIR")), arguments)
}

fn byteby_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_byteby"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn wrong_usage_is_one_sentence_with_code_two() {
    for (arguments, says) in [
        (&["up", "--sise", "5000"][..], "--size"),
        (&["upp"], "up"),
        (&["population", "digest", "--size", "0"], "1 500"),
        (&["population", "digest", "--size", "1499"], "1 500"),
        (&["population", "digest", "--size", "many"], "whole number"),
        (&["population", "digest", "--date", "someday"], "2027-01-04"),
        (&["population", "digest", "--municipality", "fjordkomune"], "fjordkommune"),
        (&["people", "--size", "1500", "--where", "alderr > 3"], "alder"),
        (&["env", "--format", "yml"], "possible values"),
        (&["up", "--clock", "fast"], "frozen"),
        (&["event", "foedsel"], "--of"),
    ] {
        let output = byteby(arguments);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?} should mention `{says}`: {text}");
        assert!(!text.contains("panicked") && printed(&output).is_empty(), "{arguments:?}: {text}");
    }
}

#[test]
fn a_server_that_is_not_there_is_code_four() {
    let output = byteby(&["clock", "get", "--server", "http://127.0.0.1:9"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("byteby up"), "{}", said(&output));
}

#[test]
fn a_taken_port_is_code_four_and_says_which() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = byteby(&["up", "--size", "1500", "--port", &port]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains(&port), "{}", said(&output));
}

#[test]
fn exec_gives_the_command_its_addresses_and_keeps_its_code() {
    let output = byteby(&["exec", "--size", "1500", "--", "sh", "-c", "echo $IDPORTEN_ISSUER; exit 7"]);
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    let issuer = printed(&output);
    assert!(issuer.starts_with("http://localhost:") && issuer.trim_end().ends_with("/idporten"), "{issuer}");
    let missing = byteby(&["exec", "--size", "1500", "--", "no-such-command-here"]);
    assert_eq!(missing.status.code(), Some(4), "{}", said(&missing));
}

#[test]
fn the_project_file_counts_below_flags_and_names_unknown_keys() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("byteby.toml"), "[world]\nsize = 1_500\nseed = \"prosjekt\"\n").unwrap();
    let by_file = printed(&byteby_in(folder.path(), &["population", "digest"]));
    let by_flags = printed(&byteby(&["population", "digest", "--size", "1500", "--seed", "prosjekt"]));
    assert_eq!(by_file, by_flags);
    let over = printed(&byteby_in(folder.path(), &["population", "digest", "--seed", "other"]));
    assert_ne!(by_file, over);
    std::fs::write(folder.path().join("byteby.toml"), "[world]\nsise = 1_500\n").unwrap();
    let output = byteby_in(folder.path(), &["population", "digest"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("world.sise") && said(&output).contains("`size`"), "{}", said(&output));
}

#[test]
fn the_digest_does_not_know_threads_zone_locale_or_day() {
    let digest = |seed: &str, threads: &str, env: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_byteby"))
            .args(["population", "digest", "--size", "5000", "--seed", seed, "--threads", threads])
            .envs(env.iter().copied())
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{}", said(&output));
        printed(&output)
    };
    let first = digest("1", "1", &[]);
    assert_eq!(first.trim_end().len(), 64);
    assert_eq!(first, digest("1", "2", &[("TZ", "Asia/Tokyo"), ("LC_ALL", "C")]));
    assert_eq!(first, digest("1", "4", &[("TZ", "America/St_Johns"), ("LANG", "tr_TR.UTF-8")]));
    assert_ne!(first, digest("2", "1", &[]));
}

#[test]
fn people_are_listed_in_every_form_and_nobody_is_code_eight() {
    let list = |format: &str| {
        printed(&byteby(&["people", "--size", "1500", "--where", "bosatt && alder >= 80", "--format", format]))
    };
    let (csv, ndjson) = (list("csv"), list("ndjson"));
    let json: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let count = json.as_array().map_or(0, Vec::len);
    assert!(count > 10, "{count}");
    assert_eq!(csv.lines().count(), count + 1);
    assert_eq!(ndjson.lines().count(), count);
    assert_eq!(list("table").lines().count(), count + 1);
    let nobody = byteby(&["people", "--size", "1500", "--where", "alder > 130"]);
    assert_eq!(nobody.status.code(), Some(8), "{}", said(&nobody));
}

/// The program with a home of its own, so that nobody's real files count.
fn at_home(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_byteby"))
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs")
}

#[test]
fn every_setting_has_four_forms_and_says_where_it_comes_from() {
    let home = tempfile::tempdir().unwrap();
    let file = "[server]\nport = 4001\ncors = \"faithful\"\nadmin_token = \"from-the-file\"\n[test]\ntimeout = 7\n";
    std::fs::write(home.path().join("byteby.toml"), file).unwrap();
    std::fs::create_dir_all(home.path().join("config/byteby")).unwrap();
    let user = "[server]\nport = 4000\nadmin = \"peers\"\nallowed_hosts = [\"mine.example\"]\n";
    std::fs::write(home.path().join("config/byteby/byteby.toml"), user).unwrap();
    let show = |variables: &[(&str, &str)], more: &[&str]| {
        let output = at_home(home.path(), variables, &[&["config", "show", "--origin", "--json"], more].concat());
        assert!(output.status.success(), "{}", said(&output));
        assert!(!printed(&output).contains("from-the-file"), "a secret is not printed");
        serde_json::from_str::<serde_json::Value>(&printed(&output)).unwrap()
    };
    let of = |shown: &serde_json::Value, key: &str| {
        let row = &shown["server"][key];
        (row["value"].clone(), row["origin"].as_str().unwrap_or_default().to_owned())
    };
    let file = show(&[], &[]);
    assert_eq!(of(&file, "port").0, 4001);
    assert!(of(&file, "port").1.ends_with("byteby.toml") && !of(&file, "port").1.contains("config"), "{file}");
    assert!(of(&file, "allowed_hosts").1.contains("config/byteby"), "{file}");
    assert_eq!(of(&file, "admin"), ("token".into(), of(&file, "admin").1), "a token given always counts");
    assert_eq!(of(&file, "host"), ("127.0.0.1".into(), "default".into()));
    let variable = [("BYTEBY_PORT", "4002"), ("BYTEBY_CORS", "permissive"), ("BYTEBY_HEADERS", "off")];
    let shown = show(&variable, &[]);
    assert_eq!(of(&shown, "port"), (4002.into(), "BYTEBY_PORT".into()));
    assert_eq!(of(&shown, "cors"), ("permissive".into(), "BYTEBY_CORS".into()));
    assert_eq!(of(&shown, "headers"), (false.into(), "BYTEBY_HEADERS".into()));
    assert_eq!(of(&show(&variable, &["--port", "4003"]), "port"), (4003.into(), "--port".into()));
    for (text, says) in [
        ("[server]\nprot = 1\n", "`port`"),
        ("[serve]\nport = 1\n", "`server`"),
        ("[server]\nport = [1]\n", "one value"),
        ("[server]\ncors = \"open\"\n", "faithful"),
        ("[server]\nadmin = \"all\"\n", "peers"),
        ("[server]\nopen_clients = \"perhaps\"\n", "true or false"),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/99\"]\n", "10.0.0.0/8"),
        ("[server]\nadmin_token_file = \"missing\"\n", "missing"),
        ("[cli]\nlang = \"fr\"\n", "nb"),
    ] {
        std::fs::write(home.path().join("byteby.toml"), text).unwrap();
        let output = at_home(home.path(), &[], &["config", "show"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(said(&output).contains(says), "{text} should mention {says}: {}", said(&output));
    }
}

#[test]
fn trust_prints_one_certificate_for_this_machine_and_doctor_looks_around() {
    let home = tempfile::tempdir().unwrap();
    let print = || at_home(home.path(), &[], &["trust", "--print"]);
    let first = print();
    assert!(first.status.success() && printed(&first).starts_with("-----BEGIN CERTIFICATE"), "{}", said(&first));
    assert!(!printed(&first).contains("PRIVATE"));
    assert_eq!(printed(&first), printed(&print()), "the same again");
    assert!(home.path().join("data/byteby/tls/authority.json").is_file());
    let renewed = at_home(home.path(), &[], &["trust", "--renew"]);
    assert!(renewed.status.success(), "{}", said(&renewed));
    assert_ne!(printed(&first), printed(&print()));
    assert_eq!(at_home(home.path(), &[], &["trust"]).status.code(), Some(2));
    let output = at_home(home.path(), &[], &["doctor", "--json", "--port", "0", "--data", "town"]);
    let shown: serde_json::Value = serde_json::from_str(&printed(&output)).unwrap();
    let checks: Vec<&str> =
        shown["checks"].as_array().unwrap().iter().filter_map(|row| row["check"].as_str()).collect();
    for check in ["port", "hosts", "certificate", "clock", "disk"] {
        assert!(checks.contains(&check), "{check}: {shown}");
    }
    assert!(shown["checks"].as_array().unwrap().iter().all(|row| row["state"] == "good" || row["fix"].is_string()));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = at_home(home.path(), &[], &["doctor", "--port", &port]);
    assert_eq!(output.status.code(), Some(4), "{}", printed(&output));
    assert!(printed(&output).contains("FAIL  port") && printed(&output).contains("fix: "), "{}", printed(&output));
    let folder = home.path().join("held");
    std::fs::create_dir(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    std::fs::write(folder.join("lock"), "4711\n").unwrap();
    lock.lock().unwrap();
    let output = at_home(home.path(), &[], &["doctor", "--port", "0", "--data", "held"]);
    assert!(printed(&output).contains("process 4711"), "{}", printed(&output));
    drop(lock);
    let output = at_home(home.path(), &[], &["doctor", "--port", "0", "--data", "held"]);
    assert!(printed(&output).contains("nobody holds"), "{}", printed(&output));
}

/// The program against a server of this process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worlds_are_made_forked_compared_and_dropped_from_the_command_line() {
    use byteby::app::{Config, start};
    let town = start(Config { size: 1500, ..Config::on_free_port() }).await.expect("a town on a free port");
    let server = town.base_url();
    let run = |arguments: &'static [&'static str]| {
        let server = server.clone();
        tokio::task::spawn_blocking(move || {
            let mut all = vec!["--server", &server];
            all.extend(arguments);
            let output = byteby(&all);
            (output.status.code(), printed(&output), said(&output))
        })
    };
    let run = async |arguments: &'static [&'static str]| run(arguments).await.unwrap();
    let selector = "bosatt && kjoenn == 'kvinne' && alder >= 22 && alder <= 35 && barn.size() == 0";
    let setup = town.main().ledger().head().seq;
    assert_eq!(run(&["world", "fork", "gren"]).await, (Some(0), "gren\n".into(), String::new()));
    let born = Box::leak(selector.to_owned().into_boxed_str());
    let event: &'static [&'static str] = Box::leak(Box::new(["--world", "gren", "event", "foedsel", "--of", born]));
    assert_eq!(run(event).await.0, Some(0));
    let (code, text, _) = run(&["world", "diff", "main", "gren"]).await;
    assert_eq!(code, Some(0));
    assert!(text.contains(" fikk barn i gren, ikke i main: "), "{text}");
    let (_, text, _) = run(&["--lang", "en", "world", "diff", "main", "gren"]).await;
    assert!(text.contains(" had a child in gren, not in main: "), "{text}");
    let at = format!("gren@{setup}");
    let from: &'static [&'static str] =
        Box::leak(Box::new(["world", "fork", "--from", Box::leak(at.into_boxed_str()), "kvist"]));
    assert_eq!(run(from).await.1, "kvist\n");
    assert_eq!(town.hall.world("kvist").unwrap().ledger().canonical(), town.main().ledger().canonical());
    let (_, text, _) = run(&["world", "tree"]).await;
    assert!(text.contains(&format!("main\n  gren  (main@{setup})\n    kvist  (gren@{setup})\n")), "{text}");
    let (_, text, _) = run(&["world", "ls"]).await;
    assert!(text.lines().any(|line| line.starts_with("kvist ") && line.contains("gren@")), "{text}");
    assert_eq!(run(&["world", "reset", "gren"]).await.1, "gren\n");
    let (_, text, _) = run(&["--json", "world", "diff", "main", "gren"]).await;
    let diff: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&diff["same"], diff["differences"].as_array().map(Vec::len)), (&true.into(), Some(0)));
    assert_eq!(
        run(&["world", "new", "annen", "--seed", "7", "--size", "1500", "--label", "eier=kari"]).await.1,
        "annen\n"
    );
    assert_eq!(town.hall.world("annen").unwrap().terms().labels["eier"], "kari");
    assert_eq!(run(&["world", "rm", "kvist"]).await, (Some(0), String::new(), String::new()));
    assert!(town.hall.world("kvist").is_none());
    for (arguments, says) in [
        (&["world", "rm", "kvist"][..], "BB1801"),
        (&["world", "rm", "main"], "BB1806"),
        (&["world", "fork", "--from", "main@999999"], "BB1810"),
        (&["world", "diff", "main", "annen"], "BB1812"),
        (&["world", "fork", "--from", "@3"], "main@418"),
    ] {
        let (code, text, error) = run(arguments).await;
        assert_eq!((code, text.as_str()), (Some(2), ""), "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    town.stop().await;
}

/// A program that is ended with the test.
struct Up(std::process::Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const FILE: &str = "[clients.min-app]\nintegration_type = \"idporten\"\nclient_name = \"NAVN\"\n\
                    redirect_uris = [\"https://a.example/cb\"]\nscopes = [\"openid\", \"min:les\"]\n\
                    [scopes.\"min:les\"]\ndescription = \"Lese\"\n[eid]\nstrict_refresh = true\n";

/// The line of `lines` that `what` is true of.
fn line(lines: &mut impl Iterator<Item = std::io::Result<String>>, what: impl Fn(&str) -> bool) -> String {
    lines.map(Result::unwrap).find(|line| what(line)).expect("the line comes")
}

#[test]
fn the_project_file_registers_clients_and_is_read_again_when_it_changes() {
    use std::io::{BufRead, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("byteby.toml");
    let write = |name: &str| std::fs::write(&file, FILE.replace("NAVN", name)).unwrap();
    write("En");
    let mut child = Command::new(env!("CARGO_BIN_EXE_byteby"))
        .args(["up", "--size", "1500", "--port", "0", "--eformidling-port", "off", "--watch"])
        .current_dir(folder.path())
        .env("XDG_CONFIG_HOME", folder.path().join("none"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let (out, told) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let _up = Up(child);
    let (mut out, mut told) = (BufReader::new(out).lines(), BufReader::new(told).lines());
    let listening = line(&mut out, |line| line.starts_with("Listening on "));
    let base = listening.trim_start_matches("Listening on ").to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let get = |path: &str| -> serde_json::Value {
        let url = format!("{base}/_byteby/v1/worlds/main/{path}");
        runtime.block_on(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
    };
    let name = || get("clients/min-app")["client_name"].as_str().unwrap_or_default().to_owned();
    assert_eq!(name(), "En");
    assert_eq!(get("eid/scopes/min:les")["description"], "Lese");
    assert_eq!(get("eid/settings")["strict_refresh"], true);
    // Both lengths differ from the one before: the clock of a file may be coarse.
    write("Nummer to");
    assert!(line(&mut told, |line| line.contains("read again")).contains("3 clients, scopes and grants"));
    assert_eq!(name(), "Nummer to");
    std::fs::write(&file, "[clients.min-app\n").unwrap();
    line(&mut told, |line| line.contains("what was read before stays"));
    assert_eq!(name(), "Nummer to");
    std::fs::write(&file, FILE.replace("NAVN", "Nummer tre").replace("https://", "")).unwrap();
    let refused = line(&mut told, |line| line.contains("clients.min-app"));
    assert!(refused.contains("BB"), "{refused}");
    assert_eq!(name(), "Nummer to");
    std::fs::write(&file, format!("[world]\nsize = 5000\n{}", FILE.replace("NAVN", "Nummer fire"))).unwrap();
    assert!(line(&mut told, |line| line.contains("read again")).contains("at the next start"));
    assert_eq!(name(), "Nummer fire");
}

#[test]
fn a_project_file_the_town_refuses_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("byteby.toml"), "[clients.x]\nintegration_type = \"id-porten\"\n").unwrap();
    let output = byteby_in(folder.path(), &["exec", "--size", "1500", "--", "true"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("`clients.x`") && said(&output).contains("idporten"), "{}", said(&output));
    std::fs::write(folder.path().join("byteby.toml"), "[client.x]\n").unwrap();
    let output = byteby_in(folder.path(), &["exec", "--size", "1500", "--", "true"]);
    assert!(said(&output).contains("did you mean `clients`?"), "{}", said(&output));
}
