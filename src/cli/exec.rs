//! `byteby exec -- CMD`: a town up, its addresses in the environment, the command run, its exit code kept.

use super::args::{ExecArgs, Global};
use super::project::Project;
use super::{ExitCode, Failure, env, registers, settings};
use crate::app;
use crate::clock::Mode;
use crate::gate::AdminAccess;

pub(super) async fn run(global: &Global, args: ExecArgs) -> Result<u8, Failure> {
    let mut config = settings::server(global, &args.server, Mode::Frozen)?;
    if args.server.port.is_none() {
        config.port = 0;
        config.eformidling_port = None;
    }
    let running = app::start(config).await?;
    registers::enter(global, &Project::find(global)?, &running).await?;
    let [program, rest @ ..] = args.command.as_slice() else {
        return Err(Failure::usage("give the command to run behind `--`"));
    };
    let token = match &running.admin {
        AdminAccess::Token(token) => Some(("BYTEBY_ADMIN_TOKEN", token.clone())),
        AdminAccess::Local | AdminAccess::Peers => None,
    };
    let mut child = tokio::process::Command::new(program)
        .args(rest)
        .envs(env::variables(&env::base_of(&running.base_url(), &global.world)))
        .env("BYTEBY_SERVER", running.base_url())
        .envs(token)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::new(ExitCode::App, format!("cannot run `{program}`: {error}")))?;
    let ended = tokio::select! {
        status = child.wait() => Some(status.map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?),
        _ = tokio::signal::ctrl_c() => None,
        code = super::record::ended_by_real_data(&running) => {
            let _ = child.kill().await;
            running.stop().await;
            return Ok(code.code());
        }
    };
    if ended.is_none() {
        let _ = child.kill().await;
    }
    running.stop().await;
    Ok(ended.map_or(ExitCode::Interrupted.code(), |status| {
        // A command ended by a signal has no code; all we know is that it did not end well.
        status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(ExitCode::Failed.code())
    }))
}
