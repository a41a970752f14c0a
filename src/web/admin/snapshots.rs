//! Snapshots: saving a world, listing what is kept, carrying files out and in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields, Named};
use super::problem::{Code, Problem};
use crate::access::Inbound;
use crate::journal::{MOST_SNAPSHOT, Snapshot, SnapshotHeader};
use crate::townhall::{HallError, KeptSnapshot, Snapshots, replay_snapshot};

/// Media type of a snapshot.
const KIND: &str = "application/octet-stream";

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(save)).routes(routes!(list)).routes(routes!(download, upload))
}

/// Whether a write with this address and media type is the upload of a snapshot, which is not JSON. A page of another
/// site cannot send this type without being asked first.
pub(super) fn is_upload(path: &str, kind: Option<&str>) -> bool {
    path.starts_with("/snapshots/") && kind == Some(KIND)
}

/// A snapshot that is kept here.
#[derive(Serialize, ToSchema)]
pub(super) struct SnapshotLine {
    id: String,
    /// Size of the file.
    bytes: u64,
    /// What is in it; none when it is damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// What a snapshot says about itself.
#[derive(Serialize, ToSchema)]
struct Header {
    /// Version of the snapshot format.
    format: u8,
    /// Version of the program that wrote it.
    engine: String,
    /// The world it was saved from.
    world: String,
    pack: String,
    schema: u32,
    seed: u64,
    size: u32,
    date: String,
    municipality: String,
    /// Digest of the base columns.
    base_digest: String,
    /// Where the world was forked.
    parent: Option<ForkPoint>,
    /// Virtual time.
    now: String,
    /// Items in the log.
    seq: u64,
    /// Hash of the last item.
    digest: String,
    /// Digest that does not see how independent requests interleaved.
    canonical: String,
    /// Blobs that travel along.
    blobs: u64,
}

/// The last item a fork shares with its parent.
#[derive(Serialize, ToSchema)]
struct ForkPoint {
    seq: u64,
    digest: String,
}

impl From<SnapshotHeader> for Header {
    fn from(header: SnapshotHeader) -> Self {
        Self {
            format: header.format,
            engine: header.engine,
            world: header.world,
            pack: header.pack,
            schema: header.schema,
            seed: header.seed,
            size: header.size,
            date: header.date,
            municipality: header.municipality,
            base_digest: header.base_digest,
            parent: header.parent.map(|parent| ForkPoint { seq: parent.seq, digest: parent.digest }),
            now: header.now,
            seq: header.seq,
            digest: header.digest,
            canonical: header.canonical,
            blobs: header.blobs,
        }
    }
}

impl From<KeptSnapshot> for SnapshotLine {
    fn from(kept: KeptSnapshot) -> Self {
        let (header, fault) = match kept.header {
            Ok(header) => (Some(header.into()), None),
            Err(fault) => (None, Some(fault)),
        };
        Self { id: kept.id, bytes: kept.bytes, header, fault }
    }
}

/// A world to save.
#[derive(Deserialize, ToSchema)]
pub(super) struct Save {
    /// Name to keep it under; made of world, item and digest when not given.
    id: Option<String>,
}

impl Fields for Save {}

fn checked_name(id: &str) -> Result<(), Problem> {
    if Snapshots::is_name(id) {
        return Ok(());
    }
    let detail = format!("`{id}` cannot name a snapshot: use 1 to 64 letters a-z, digits and hyphens");
    Err(Problem::value("/id", detail))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, HallError> + Send + 'static) -> Result<T, Problem> {
    // Packing and replaying a town is pure computation, too long for a thread that serves requests.
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))??)
}

/// Saves a world as it is now. The same moment of the same world is the same file under the same name.
#[utoipa::path(post, path = "/worlds/{world}/snapshots", tag = "snapshots", request_body = Save, responses((status = 201, body = SnapshotLine)))]
pub(super) async fn save(
    Named { world, inbound }: Named,
    Body(wanted): Body<Save>,
) -> Result<(StatusCode, Json<SnapshotLine>), Problem> {
    if let Some(id) = &wanted.id {
        checked_name(id)?;
    }
    let hall = inbound.hall.clone();
    let kept = apart(move || {
        let file = Bytes::from(hall.save(&world)?);
        let header = Snapshot::open(&file)?.header;
        let id = wanted.id.unwrap_or_else(|| {
            let digest = header.digest.get(..8).unwrap_or_default();
            format!("{}-{}-{digest}", header.world, header.seq)
        });
        let bytes = file.len() as u64;
        hall.snapshots().keep(&id, file)?;
        Ok(KeptSnapshot { id, bytes, header: Ok(header) })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// Snapshots kept here.
#[derive(Serialize, ToSchema)]
pub(super) struct SnapshotList {
    snapshots: Vec<SnapshotLine>,
}

/// Snapshots kept here, by name.
#[utoipa::path(get, path = "/snapshots", tag = "snapshots", responses((status = 200, body = SnapshotList)))]
pub(super) async fn list(inbound: Inbound) -> Result<Json<SnapshotList>, Problem> {
    let list = apart(move || inbound.hall.snapshots().list()).await?;
    Ok(Json(SnapshotList { snapshots: list.into_iter().map(Into::into).collect() }))
}

/// The snapshot `id`.
pub(super) async fn kept(inbound: &Inbound, id: &str) -> Result<Bytes, Problem> {
    let (hall, name) = (inbound.hall.clone(), id.to_owned());
    let found = apart(move || hall.snapshots().get(&name)).await?;
    found.ok_or_else(|| Problem::new(Code::UnknownSnapshot, format!("there is no snapshot `{id}`")))
}

/// The file of a snapshot.
#[utoipa::path(get, path = "/snapshots/{id}", tag = "snapshots", params(("id" = String, Path, description = "Name of the snapshot.")),
    responses((status = 200, description = "the file, `.bby`", content_type = "application/octet-stream", body = Vec<u8>)))]
pub(super) async fn download(inbound: Inbound, Path(id): Path<String>) -> Result<Response, Problem> {
    let file = kept(&inbound, &id).await?;
    let mut response = ([(header::CONTENT_TYPE, KIND)], file).into_response();
    // The name was found, so it is one of letters, digits and hyphens.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.bby\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Keeps a snapshot made elsewhere. It is replayed first; one that does not hold what it says is refused.
#[utoipa::path(put, path = "/snapshots/{id}", tag = "snapshots", params(("id" = String, Path, description = "Name of the snapshot.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = SnapshotLine)))]
pub(super) async fn upload(
    inbound: Inbound,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<SnapshotLine>), Problem> {
    checked_name(&id)?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some(KIND) {
        return Err(Problem::new(Code::ContentType, format!("a snapshot is sent as `{KIND}`")));
    }
    let most = usize::try_from(MOST_SNAPSHOT).unwrap_or(usize::MAX);
    let file = axum::body::to_bytes(request.into_body(), most).await;
    let file = file.map_err(|_| Problem::new(Code::TooLarge, "the snapshot is too large or was cut off"))?;
    let hall = inbound.hall.clone();
    let kept = apart(move || {
        let snapshot = Snapshot::open(&file)?;
        replay_snapshot(&snapshot, snapshot.base()?.into(), |_, _, _| {})?;
        snapshot.blobs()?;
        let (header, bytes) = (snapshot.header, file.len() as u64);
        hall.snapshots().keep(&id, file)?;
        Ok(KeptSnapshot { id, bytes, header: Ok(header) })
    })
    .await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}
