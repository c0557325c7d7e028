//! What can be made of an inspected body.

use std::convert::Infallible;
use std::io;

use rocket::Request;
use rocket::data::{Capped, Data, Limits, Outcome};
use rocket::form::{self, Form, FromForm, ValueField};
use rocket::http::{RawStr, Status};

use crate::inspected::{self, InspectError};
use crate::multipart;
use crate::stream::InspectedStream;

/// What [`Inspected`](crate::Inspected) can hold: made of a body that was judged, as Rocket's own guards make it of
/// [`Data`](rocket::Data), with the same [limits](Limits) and statuses.
///
/// | for | the limit |
/// |---|---|
/// | `String`, `&str`, and [`Capped`] `String` | `string` |
/// | `Vec<u8>`, `&[u8]`, and [`Capped`] `Vec<u8>` | `bytes` |
/// | [`Form`]; bodies of other types are forwarded with 415 | `form`, `data-form` |
/// | `Json` (feature `json`) | `json` |
/// | [`InspectedStream`] | none |
#[rocket::async_trait]
pub trait FromBody<'r>: Send + Sized + 'r {
    /// What may go wrong.
    type Error: Send + std::fmt::Debug;

    /// Whether the request is for this guard; if not, it is forwarded with a status, and its body is not read.
    ///
    /// # Errors
    ///
    /// It is not.
    fn accepts(_request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// Makes it of a whole body.
    ///
    /// # Errors
    ///
    /// The body is not fit, for the reason that the status says.
    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, Self::Error)>;

    /// Makes it of a body that nobody has judged yet. The provided method, which few types have a reason to replace, has the
    /// rules judge the body and calls [`from_body`](Self::from_body).
    async fn from_unjudged(
        request: &'r Request<'_>,
        data: Data<'r>,
    ) -> Outcome<'r, Self, InspectError<Self::Error>> {
        inspected::from_data(request, data).await
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for InspectedStream<'r> {
    type Error = Infallible;

    async fn from_body(_: &'r Request<'_>, body: Self) -> Result<Self, (Status, Infallible)> {
        Ok(body)
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for Capped<String> {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        let limit = request.limits().get("string").unwrap_or(Limits::STRING);
        let text = body.into_string(limit).await;
        text.map_err(|error| (Status::BadRequest, error))
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for Capped<Vec<u8>> {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        let limit = request.limits().get("bytes").unwrap_or(Limits::BYTES);
        let bytes = body.into_bytes(limit).await;
        bytes.map_err(|error| (Status::BadRequest, error))
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for String {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        complete(Capped::<Self>::from_body(request, body).await?)
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for Vec<u8> {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        complete(Capped::<Self>::from_body(request, body).await?)
    }
}

/// Text and bytes that guards borrow from the request; a type of its own keeps them apart from others' in there.
struct Borrowed<T>(T);

#[rocket::async_trait]
impl<'r> FromBody<'r> for &'r str {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        let text = String::from_body(request, body).await?;
        Ok(&request.local_cache(|| Borrowed(text)).0)
    }
}

#[rocket::async_trait]
impl<'r> FromBody<'r> for &'r [u8] {
    type Error = io::Error;

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, io::Error)> {
        let bytes = Vec::from_body(request, body).await?;
        Ok(&request.local_cache(|| Borrowed(bytes)).0)
    }
}

/// The names and values of a form.
struct Fields(Vec<(String, String)>);

#[rocket::async_trait]
impl<'r, T: FromForm<'r> + 'r> FromBody<'r> for Form<T> {
    type Error = form::Errors<'r>;

    fn accepts(request: &Request<'_>) -> Result<(), Status> {
        match request.content_type() {
            Some(content_type) if content_type.is_form() || content_type.is_form_data() => Ok(()),
            _ => Err(Status::UnsupportedMediaType),
        }
    }

    async fn from_body(
        request: &'r Request<'_>,
        body: InspectedStream<'r>,
    ) -> Result<Self, (Status, form::Errors<'r>)> {
        let failed = |errors: form::Errors<'r>| (errors.status(), errors);
        let limit = request.limits().get("form").unwrap_or(Limits::FORM);
        let text = body.into_string(limit).await;
        let text = text.map_err(|error| failed(form::Error::from(error).into()))?;
        if !text.is_complete() {
            let most: (Option<u64>, Option<u64>) = (None, Some(limit.as_u64()));
            return Err(failed(form::Error::from(most).into()));
        }
        let fields = request.local_cache(|| Fields(fields(&text)));
        let fields = fields.0.iter();
        let fields = fields.map(|(name, value)| ValueField::from((name.as_str(), value.as_str())));
        let value = Self::parse_iter(fields).map_err(failed)?;
        Ok(value.into())
    }

    async fn from_unjudged(
        request: &'r Request<'_>,
        data: Data<'r>,
    ) -> Outcome<'r, Self, InspectError<Self::Error>> {
        let in_parts = request.content_type().is_some_and(|kind| kind.is_form_data());
        if !in_parts {
            return inspected::from_data(request, data).await;
        }
        if let Some(rules) = inspected::rules(request) {
            return multipart::from_data(request, data, rules).await;
        }
        // Nothing is left to be judged.
        let parsed = <Self as rocket::data::FromData<'r>>::from_data(request, data).await;
        parsed.map_error(|(status, errors)| (status, InspectError::Body(status, errors)))
    }
}

/// Takes an urlencoded form to pieces, as Rocket does.
fn fields(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    let decode = |text: &str| RawStr::new(text).url_decode_lossy().into_owned();
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// The value, unless there is more of it than the limit lets through.
fn complete<T>(capped: Capped<T>) -> Result<T, (Status, io::Error)> {
    match capped.is_complete() {
        true => Ok(capped.into_inner()),
        false => Err((Status::PayloadTooLarge, limit_exceeded())),
    }
}

fn limit_exceeded() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "data limit exceeded")
}

#[cfg(feature = "json")]
mod json {
    use rocket::serde::Deserialize;
    use rocket::serde::json::serde_json::error::Category;
    use rocket::serde::json::{Error, Json, from_str};

    use super::*;

    #[rocket::async_trait]
    impl<'r, T: Deserialize<'r> + Send + 'r> FromBody<'r> for Json<T> {
        type Error = Error<'r>;

        async fn from_body(
            request: &'r Request<'_>,
            body: InspectedStream<'r>,
        ) -> Result<Self, (Status, Error<'r>)> {
            let limit = request.limits().get("json").unwrap_or(Limits::JSON);
            let text = body.into_string(limit).await;
            let text = text.map_err(|error| (Status::BadRequest, Error::Io(error)))?;
            let text = complete(text).map_err(|(status, error)| (status, Error::Io(error)))?;
            let text = &request.local_cache(|| Borrowed(text)).0;
            from_str(text).map(Json).map_err(|error| {
                let status = match error.classify() {
                    Category::Data => Status::UnprocessableEntity,
                    _ => Status::BadRequest,
                };
                (status, Error::Parse(text, error))
            })
        }
    }
}
