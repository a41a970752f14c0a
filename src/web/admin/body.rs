//! Reading requests strictly: an unknown field is an error that names the nearest right one.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::Deserializer;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde_json::{Map, Value};

use super::problem::{Code, Problem};
use crate::access::Inbound;
use crate::base::nearest;
use crate::townhall::World;
use crate::web::Lang;

/// Largest body of the admin API, bytes.
const LIMIT: usize = 1 << 20;

/// Names of the fields of `T`, asked of its own description so that there is one list only.
fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Names<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
            Err(Error::custom("only the names of the fields are wanted"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _name: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    let _ = T::deserialize(Names(&mut names));
    names
}

/// A request's fields; `later` are words of the specification this version refuses by name.
pub(super) trait Fields: DeserializeOwned {
    /// Fields that the contract has and this version has not.
    const LATER: &'static [&'static str] = &[];
}

/// Refuses the first of `keys` that is no field of `T`.
fn known<'a, T: Fields>(mut keys: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
    let names = field_names::<T>();
    let Some(key) = keys.find(|key| !names.contains(key)) else { return Ok(()) };
    if T::LATER.contains(&key) {
        return Err(Problem::not_in_version(&format!("the field `{key}`")).at(format!("/{key}")));
    }
    Err(unknown(key, names.iter().copied()))
}

/// A field that is missing, or a value that cannot be read.
fn unread(detail: String) -> Problem {
    let code = if detail.contains("missing field") { Code::MissingField } else { Code::BadValue };
    Problem::new(code, detail)
}

/// Reads `object` as `T`.
pub(super) fn strict<T: Fields>(object: Map<String, Value>) -> Result<T, Problem> {
    known::<T>(object.keys().map(String::as_str))?;
    serde_json::from_value(Value::Object(object)).map_err(|fault| unread(fault.to_string()))
}

/// The problem of a field called `key` that is none of `names`.
pub(super) fn unknown<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Problem {
    let names: Vec<&str> = names.collect();
    let near = nearest(key, names.iter().copied());
    let detail = match near {
        Some(near) => format!("there is no field `{key}`; did you mean `{near}`?"),
        None => format!("there is no field `{key}`"),
    };
    Problem::new(Code::UnknownField, detail)
        .at(format!("/{key}"))
        .near(near)
        .hint(format!("fields: {}", names.join(", ")))
}

/// A JSON object as the body of a request. No body is an empty object.
pub(super) struct Object(pub(super) Map<String, Value>);

impl<S: Sync> FromRequest<S> for Object {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let too_large = || Problem::new(Code::TooLarge, format!("the body is larger than {LIMIT} bytes"));
        let bytes = axum::body::to_bytes(request.into_body(), LIMIT).await.map_err(|_| too_large())?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(_) => Err(Problem::new(Code::BadValue, "the body must be a JSON object")),
            Err(fault) => Err(Problem::new(Code::BadValue, format!("the body is not JSON: {fault}"))),
        }
    }
}

/// A typed body.
pub(super) struct Body<T>(pub(super) T);

impl<T: Fields, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Object(object) = Object::from_request(request, state).await?;
        strict(object).map(Self)
    }
}

/// Typed query parameters.
pub(super) struct Query<T>(pub(super) T);

impl<T: Fields, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        use axum::extract::Query as Read;
        let pairs = Read::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let pairs = pairs.map_err(|fault| Problem::new(Code::BadValue, fault.body_text()))?.0;
        known::<T>(pairs.iter().map(|(key, _)| key.as_str()))?;
        Read::<T>::try_from_uri(&parts.uri).map(|Read(value)| Self(value)).map_err(|fault| unread(fault.body_text()))
    }
}

/// Parameters of the path.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Self(value))
            .map_err(|fault| Problem::new(Code::BadValue, fault.body_text()))
    }
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;

    /// The caller's language, by `Accept-Language`.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self::accepted(accepted))
    }
}

/// The world named in the path.
pub(super) struct Named {
    pub(super) world: World,
    pub(super) inbound: Inbound,
}

/// The world called `name`.
pub(super) fn world_named(inbound: &Inbound, name: &str) -> Result<World, Problem> {
    inbound.hall.world(name).ok_or_else(|| {
        let worlds = inbound.hall.worlds();
        let near = nearest(name, worlds.iter().map(|info| info.name.as_str()));
        Problem::new(Code::UnknownWorld, format!("there is no world named `{name}`")).near(near)
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let inbound = Inbound::from_request_parts(parts, state)
            .await
            .map_err(|(_, detail)| Problem::new(Code::Internal, detail))?;
        let Path(pairs) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        let name = pairs.into_iter().find(|(key, _)| key == "world").map(|(_, name)| name).unwrap_or_default();
        Ok(Self { world: world_named(&inbound, &name)?, inbound })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct Sample {
        #[serde(rename = "by")]
        _by: Option<String>,
        #[serde(rename = "limit")]
        _limit: Option<u32>,
    }

    impl Fields for Sample {
        const LATER: &'static [&'static str] = &["settle"];
    }

    #[test]
    fn field_names_come_from_the_struct_itself() {
        assert_eq!(field_names::<Sample>(), ["by", "limit"]);
    }

    #[test]
    fn unknown_later_and_wrong_fields_are_told_apart() {
        let read = |text: &str| strict::<Sample>(serde_json::from_str(text).unwrap());
        assert!(read(r#"{"by":"P1D"}"#).is_ok());
        let problem = read(r#"{"limt":1}"#).unwrap_err();
        assert_eq!((problem.code, problem.near), (Code::UnknownField, vec!["limit".to_owned()]));
        assert_eq!(read(r#"{"settle":true}"#).unwrap_err().code, Code::NotInVersion);
        assert_eq!(read(r#"{"limit":"x"}"#).unwrap_err().code, Code::BadValue);
    }
}
