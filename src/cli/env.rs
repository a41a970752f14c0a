//! `byteby env`: settings to paste into an app (`specs/names.md` §2).

use super::args::{EnvArgs, EnvFormat, Global};
use super::{ExitCode, Failure};
use crate::web::SERVICES;

/// The variables for an app that reaches the town at `base`.
#[must_use]
pub(super) fn variables(base: &str) -> Vec<(&'static str, String)> {
    let services = SERVICES.iter().map(|service| (service.variable, format!("{base}{}", service.base)));
    std::iter::once(("BYTEBY_URL", base.to_owned())).chain(services).collect()
}

/// Base of `world` at `origin`.
#[must_use]
pub(super) fn base_of(origin: &str, world: &str) -> String {
    if world == crate::townhall::MAIN { origin.to_owned() } else { format!("{origin}/w/{world}") }
}

pub(super) fn run(global: &Global, args: &EnvArgs) -> Result<ExitCode, Failure> {
    let origin = global.server.clone().unwrap_or_else(|| format!("http://localhost:{}", args.port));
    let base = base_of(origin.trim_end_matches('/'), &global.world);
    let format = if global.json { EnvFormat::Json } else { args.format };
    print!("{}", written(&variables(&base), format));
    Ok(ExitCode::Good)
}

fn written(pairs: &[(&str, String)], format: EnvFormat) -> String {
    let lines =
        |line: fn(&str, &str) -> String| pairs.iter().map(|(name, value)| line(name, value)).collect::<String>();
    match format {
        EnvFormat::Dotenv => lines(|name, value| format!("{name}={value}\n")),
        EnvFormat::Shell => lines(|name, value| format!("export {name}='{value}'\n")),
        EnvFormat::Compose => format!("environment:\n{}", lines(|name, value| format!("  {name}: \"{value}\"\n"))),
        EnvFormat::Github => format!("env:\n{}", lines(|name, value| format!("  {name}: \"{value}\"\n"))),
        EnvFormat::K8s => {
            format!("env:\n{}", lines(|name, value| format!("  - name: {name}\n    value: \"{value}\"\n")))
        }
        EnvFormat::Json => {
            let map: serde_json::Map<String, serde_json::Value> =
                pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
            format!("{:#}\n", serde_json::Value::Object(map))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_reached_below_its_own_base() {
        let pairs = variables(&base_of("http://localhost:2983", "test"));
        assert!(pairs.contains(&("IDPORTEN_ISSUER", "http://localhost:2983/w/test/idporten".to_owned())));
        assert_eq!(base_of("http://localhost:2983", "main"), "http://localhost:2983");
    }

    #[test]
    fn forms_are_what_their_readers_expect() {
        let pairs = [("KRR_URL", "http://localhost:2983/krr".to_owned())];
        assert_eq!(written(&pairs, EnvFormat::Dotenv), "KRR_URL=http://localhost:2983/krr\n");
        assert_eq!(written(&pairs, EnvFormat::Shell), "export KRR_URL='http://localhost:2983/krr'\n");
        assert_eq!(written(&pairs, EnvFormat::Compose), "environment:\n  KRR_URL: \"http://localhost:2983/krr\"\n");
        let json: serde_json::Value = serde_json::from_str(&written(&pairs, EnvFormat::Json)).unwrap();
        assert_eq!(json["KRR_URL"], "http://localhost:2983/krr");
    }
}
