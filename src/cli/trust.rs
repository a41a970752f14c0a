//! `byteby trust`: gives the certificate of this machine's authority to the programs that should accept it, and takes it
//! back (`specs/experience.md` §20).
//!
//! Every store is found by what is there: a folder or file, and the tool that keeps it. Whatever is changed is listed.
//! A store nobody can change from here (no tool, no rights) is named with the command that would do it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use super::args::Global;
use super::project::{Project, home};
use super::safety::SafetyArgs;
use super::{ExitCode, Failure, settings};
use crate::gate::authority::Authority;
use crate::gate::wall;

#[derive(Args, Debug)]
pub(super) struct TrustArgs {
    #[command(flatten)]
    pub(super) safety: SafetyArgs,
    /// Further host names the certificates may be for
    #[arg(long, value_name = "NAME", env = "BYTEBY_ALLOWED_HOSTS", value_delimiter = ',')]
    pub(super) allowed_hosts: Vec<String>,
    /// Add the certificate to every store found
    #[arg(long, group = "deed")]
    pub(super) install: bool,
    /// Take it out again
    #[arg(long, group = "deed")]
    pub(super) remove: bool,
    /// Print it
    #[arg(long, group = "deed")]
    pub(super) print: bool,
    /// Make a new authority in place of the one there is
    #[arg(long, group = "deed")]
    pub(super) renew: bool,
}

/// What is in a store's words: `{cert}` is the file of the certificate, `{name}` its name, `{file}` the file in the store,
/// `{home}` the user's folder.
struct Store {
    /// What people call it.
    name: &'static str,
    /// It is here when this exists.
    place: &'static str,
    /// The tool that keeps it.
    tool: &'static str,
    /// A file of ours within it, for stores that are a folder.
    file: Option<&'static str>,
    /// Words of the tool that add, or that read the folder again.
    add: &'static [&'static str],
    /// Words that take out.
    take: &'static [&'static str],
}

/// The stores we know, with their tools.
const STORES: &[Store] = &[
    Store {
        name: "system (Debian family)",
        place: "/usr/local/share/ca-certificates",
        tool: "update-ca-certificates",
        file: Some("/usr/local/share/ca-certificates/byteby.crt"),
        add: &[],
        take: &["--fresh"],
    },
    Store {
        name: "system (Red Hat family)",
        place: "/etc/pki/ca-trust/source/anchors",
        tool: "update-ca-trust",
        file: Some("/etc/pki/ca-trust/source/anchors/byteby.pem"),
        add: &["extract"],
        take: &["extract"],
    },
    Store {
        name: "system (Arch family)",
        place: "/etc/ca-certificates/trust-source/anchors",
        tool: "update-ca-trust",
        file: Some("/etc/ca-certificates/trust-source/anchors/byteby.crt"),
        add: &[],
        take: &[],
    },
    Store {
        name: "keychain (macOS)",
        place: "{home}/Library/Keychains",
        tool: "security",
        file: None,
        add: &["add-trusted-cert", "-r", "trustRoot", "-k", "{home}/Library/Keychains/login.keychain-db", "{cert}"],
        take: &["delete-certificate", "-c", "{name}", "{home}/Library/Keychains/login.keychain-db"],
    },
    Store {
        name: "Chromium and other programs with an NSS store",
        place: "{home}/.pki/nssdb",
        tool: "certutil",
        file: None,
        add: &["-d", "sql:{home}/.pki/nssdb", "-A", "-t", "C,,", "-n", "{name}", "-i", "{cert}"],
        take: &["-d", "sql:{home}/.pki/nssdb", "-D", "-n", "{name}"],
    },
    Store {
        name: "Java",
        place: "/etc/ssl/certs/java/cacerts",
        tool: "keytool",
        file: None,
        add: &["-importcert", "-noprompt", "-cacerts", "-storepass", "changeit", "-alias", "{name}", "-file", "{cert}"],
        take: &["-delete", "-cacerts", "-storepass", "changeit", "-alias", "{name}"],
    },
];

/// The machine a store is looked for on: the real one, or a folder that stands for it.
pub(super) struct Machine {
    /// What stands in front of every path of the system.
    root: PathBuf,
    home: PathBuf,
    /// Folders with tools.
    path: Vec<PathBuf>,
}

impl Machine {
    fn real() -> Self {
        let path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        Self { root: PathBuf::from("/"), home: home().unwrap_or_default(), path }
    }

    fn at(&self, place: &str) -> PathBuf {
        match place.strip_prefix("{home}") {
            Some(rest) => self.home.join(rest.trim_start_matches('/')),
            None => self.root.join(place.trim_start_matches('/')),
        }
    }

    fn tool(&self, name: &str) -> Option<PathBuf> {
        self.path.iter().map(|folder| folder.join(name)).find(|tool| tool.is_file())
    }
}

/// What became of one store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Touched {
    /// Changed: the store, and what was done.
    Done(&'static str, String),
    /// Not changed: the store, why, and what would do it.
    Left(&'static str, String, String),
}

/// Adds the certificate in `cert`, called `name`, to every store of `machine`, or takes it out.
pub(super) fn apply(machine: &Machine, cert: &Path, name: &str, install: bool) -> Vec<Touched> {
    let here = STORES.iter().filter(|store| machine.at(store.place).exists());
    here.filter_map(|store| one(machine, store, cert, name, install)).collect()
}

fn one(machine: &Machine, store: &Store, cert: &Path, name: &str, install: bool) -> Option<Touched> {
    let words = if install { store.add } else { store.take };
    let fill = |word: &&str| {
        word.replace("{cert}", &cert.display().to_string())
            .replace("{name}", name)
            .replace("{home}", &machine.home.display().to_string())
    };
    let words: Vec<String> = words.iter().map(fill).collect();
    let command = format!("{} {}", store.tool, words.join(" ")).trim().to_owned();
    let left = |why: String, first: &str| Some(Touched::Left(store.name, why, format!("{first}{command}")));
    let Some(tool) = machine.tool(store.tool) else {
        return left(format!("`{}` is not installed", store.tool), "");
    };
    let mut done = Vec::new();
    if let Some(file) = store.file {
        let file = machine.at(file);
        if !install && !file.exists() {
            return None;
        }
        let changed = if install { std::fs::copy(cert, &file).map(drop) } else { std::fs::remove_file(&file) };
        if let Err(error) = changed {
            let first = if install {
                format!("sudo cp {} {} && sudo ", cert.display(), file.display())
            } else {
                format!("sudo rm {} && sudo ", file.display())
            };
            return left(format!("`{}`: {error}", file.display()), &first);
        }
        done.push(format!("{} {}", if install { "wrote" } else { "removed" }, file.display()));
    }
    let ran = Command::new(&tool).args(&words).stdin(Stdio::null()).output();
    match ran {
        Ok(output) if output.status.success() => {
            done.push(format!("ran {command}"));
            Some(Touched::Done(store.name, done.join(", ")))
        }
        // What was never there cannot be taken out.
        Ok(_) if !install && store.file.is_none() => None,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("it failed").to_owned();
            left(said, "")
        }
        Err(error) => left(error.to_string(), ""),
    }
}

/// Whether a store of this machine that is a folder holds exactly the certificate `pem`.
pub(super) fn is_installed(pem: &str) -> bool {
    let machine = Machine::real();
    let mut files = STORES.iter().filter_map(|store| store.file).map(|file| machine.at(file));
    files.any(|file| std::fs::read_to_string(file).is_ok_and(|text| text == pem))
}

pub(super) fn run(global: &Global, args: &TrustArgs) -> Result<ExitCode, Failure> {
    if !(args.install || args.remove || args.print || args.renew) {
        return Err(Failure::usage("say what to do with the certificate: --install, --remove, --print or --renew"));
    }
    let project = Project::find(global)?;
    let folder = settings::ca_dir(&args.safety, &project, None)?.ok_or_else(|| {
        Failure::usage("there is no place for the certificate authority").with_hint("name one with --ca-dir")
    })?;
    let mut allowed = args.allowed_hosts.clone();
    if allowed.is_empty() {
        allowed = project.list("server", "allowed_hosts").unwrap_or_default();
    }
    let opened = if args.renew {
        Authority::renew(&folder, &allowed, wall::now())
    } else {
        Authority::open(&folder, &allowed, wall::now())
    };
    let authority = opened.map_err(|fault| Failure::new(ExitCode::Data, fault.to_string()).with_hint(fix(&folder)))?;
    let cert = folder.join("ca.pem");
    if args.print {
        print!("{}", authority.pem());
        return Ok(ExitCode::Good);
    }
    if args.renew {
        println!("made    {} in {}", authority.common_name(), folder.display());
        println!("next    byteby trust --install");
        return Ok(ExitCode::Good);
    }
    let touched = apply(&Machine::real(), &cert, authority.common_name(), args.install);
    for touched in &touched {
        match touched {
            Touched::Done(store, what) => {
                println!("{}  {store}: {what}", if args.install { "added  " } else { "removed" });
            }
            Touched::Left(store, why, command) => println!("left     {store}: {why}\n         do it with: {command}"),
        }
    }
    if args.install {
        println!("for Node      NODE_EXTRA_CA_CERTS={}", cert.display());
        println!("for Python    REQUESTS_CA_BUNDLE={0}  SSL_CERT_FILE={0}", cert.display());
        println!("for curl      --cacert {}", cert.display());
    }
    if touched.is_empty() {
        println!("no store found here{}", if args.install { "" } else { " that has it" });
    }
    let left = touched.iter().any(|touched| matches!(touched, Touched::Left(..)));
    Ok(if left { ExitCode::App } else { ExitCode::Good })
}

/// What helps when the authority's folder cannot be used.
pub(super) fn fix(folder: &Path) -> String {
    let file = folder.join("authority.json");
    format!("`chmod 600 {}`; if it is damaged, remove it and run `byteby trust --install` again", file.display())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A machine in a folder, with tools that write down how they were called.
    fn machine(folder: &Path, tools: &[&str]) -> Machine {
        let machine = Machine { root: folder.join("root"), home: folder.join("home"), path: vec![folder.join("bin")] };
        for place in ["/usr/local/share/ca-certificates", "{home}/.pki/nssdb"] {
            std::fs::create_dir_all(machine.at(place)).unwrap();
        }
        std::fs::create_dir_all(&machine.path[0]).unwrap();
        for tool in tools {
            let file = machine.path[0].join(tool);
            let log = folder.join("calls");
            std::fs::write(&file, format!("#!/bin/sh\necho {tool} \"$@\" >> '{}'\n", log.display())).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        machine
    }

    #[test]
    fn stores_that_are_there_are_changed_and_listed_and_changed_back() {
        let folder = tempfile::tempdir().unwrap();
        let machine = machine(folder.path(), &["update-ca-certificates", "certutil", "keytool"]);
        let cert = folder.path().join("ca.pem");
        std::fs::write(&cert, "certificate").unwrap();
        let touched = apply(&machine, &cert, "Byteby x", true);
        assert_eq!(touched.len(), 2, "Java is not here: {touched:?}");
        assert!(touched.iter().all(|touched| matches!(touched, Touched::Done(..))), "{touched:?}");
        let installed = machine.at("/usr/local/share/ca-certificates/byteby.crt");
        assert_eq!(std::fs::read_to_string(&installed).unwrap(), "certificate");
        let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
        assert!(calls.contains("update-ca-certificates\n"), "{calls}");
        assert!(calls.contains("-A -t C,, -n Byteby x -i"), "{calls}");
        let touched = apply(&machine, &cert, "Byteby x", false);
        assert_eq!(touched.len(), 2, "{touched:?}");
        assert!(!installed.exists());
        assert!(std::fs::read_to_string(folder.path().join("calls")).unwrap().contains("--fresh"));
    }

    #[test]
    fn a_store_without_its_tool_is_left_with_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let machine = machine(folder.path(), &[]);
        let cert = folder.path().join("ca.pem");
        std::fs::write(&cert, "certificate").unwrap();
        let touched = apply(&machine, &cert, "Byteby x", true);
        assert_eq!(touched.len(), 2);
        for touched in touched {
            let Touched::Left(_, why, command) = touched else { panic!("{touched:?}") };
            assert!(why.contains("not installed") && !command.is_empty(), "{why} {command}");
        }
        assert!(!machine.at("/usr/local/share/ca-certificates/byteby.crt").exists());
    }
}
