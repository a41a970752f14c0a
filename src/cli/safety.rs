//! Flags about who gets in and what they are told (`specs/experience.md` §20).

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Who gets in.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SafetyArgs {
    /// Port of eFormidling alone, opened when it is free, or `off` [default: 9093]
    #[arg(long, value_name = "PORT", env = "BYTEBY_EFORMIDLING_PORT")]
    pub(super) eformidling_port: Option<String>,
    /// Who may use the pages and the admin API: local, peers or token [default: local on loopback, else token]
    #[arg(long, value_name = "MODE", env = "BYTEBY_ADMIN")]
    pub(super) admin: Option<String>,
    /// File with the token of the admin API
    #[arg(long, value_name = "FILE", env = "BYTEBY_ADMIN_TOKEN_FILE")]
    pub(super) admin_token_file: Option<PathBuf>,
    /// Origins whose pages may use the admin API
    #[arg(long, value_name = "ORIGIN", env = "BYTEBY_ADMIN_ORIGINS", value_delimiter = ',')]
    pub(super) admin_origins: Vec<String>,
    /// Proxies whose word about the caller counts: addresses or ranges
    #[arg(long, value_name = "RANGE", env = "BYTEBY_TRUSTED_PROXIES", value_delimiter = ',')]
    pub(super) trusted_proxies: Vec<String>,
    /// Which pages may read the mocks' answers: permissive, or faithful to each real API [default: permissive]
    #[arg(long, value_name = "MODE", env = "BYTEBY_CORS")]
    pub(super) cors: Option<String>,
    /// Whether the mocks' answers carry Byteby-* headers [default: on]
    #[arg(long, value_name = "SWITCH", env = "BYTEBY_HEADERS")]
    pub(super) headers: Option<Switch>,
    /// Folder of this machine's certificate authority [default: among the user's own files]
    #[arg(long, value_name = "DIR", env = "BYTEBY_CA_DIR")]
    pub(super) ca_dir: Option<PathBuf>,
}

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Switch {
    /// Yes
    On,
    /// No
    Off,
}
