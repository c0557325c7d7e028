//! Forms in parts. Their files can't be taken out of Rocket's parser and put back, so rules judge what it has found.

use arcjet_engine::{Arcjet, BodyArrival, BodyInspection};
use rocket::Request;
use rocket::data::{Data, FromData as _, Outcome};
use rocket::form::{self, DataField, Form, FromForm, Options, ValueField};

use crate::denied::Denied;
use crate::inspected::{self, InspectError, Made};

/// The most bytes of a form that are kept for rules, which read no more of a body.
const MOST: usize = 1 << 20;
/// How much of a file is seen, see [`Data::peek`].
const FILE: usize = 512;

/// Has Rocket parse a form, and `rules` judge its fields and the beginnings of its files before anybody gets them.
pub(crate) fn from_data<'r, T: FromForm<'r> + 'r>(
    request: &'r Request<'_>,
    data: Data<'r>,
    rules: &'r Arcjet,
) -> Made<'r, Form<T>, form::Errors<'r>> {
    Box::pin(async move {
        let Watched { value, parts } = match Form::<Watched<T>>::from_data(request, data).await {
            Outcome::Success(form) => form.into_inner(),
            Outcome::Error((status, errors)) => {
                return Outcome::Error((status, InspectError::Body(status, errors)));
            }
            Outcome::Forward(forward) => return Outcome::Forward(forward),
        };
        match judge(request, rules, &parts).await {
            Ok(()) => Outcome::Success(value.into()),
            Err(denied) => inspected::deny(request, denied),
        }
    })
}

async fn judge(request: &Request<'_>, rules: &Arcjet, parts: &Parts) -> Result<(), Denied> {
    let content_type = request.content_type();
    let boundary = content_type.and_then(|content_type| content_type.param("boundary"));
    let Some(details) = inspected::details(request) else {
        return Ok(());
    };
    let decision = match rules.inspect_body(&details).await {
        BodyInspection::Read(window) => {
            let mut body = parts.write(boundary.unwrap_or_default());
            body.truncate(window.bytes());
            let details = window.describe(details, body.into(), BodyArrival::Arrived);
            rules.protect(&details).await
        }
        BodyInspection::Denied(decision) => *decision,
        _ => return Ok(()),
    };
    match decision.is_denied() {
        true => Err(Denied::new(decision, request)),
        false => Ok(()),
    }
}

/// A form, and what it was made of.
struct Watched<T> {
    value: T,
    parts: Parts,
}

/// A form in the making.
struct Watching<C> {
    inner: C,
    parts: Parts,
}

/// The parts of a form: the value of their `Content-Disposition`, and what is in them.
#[derive(Default)]
struct Parts {
    parts: Vec<(String, Vec<u8>)>,
    length: usize,
}

impl Parts {
    fn push(&mut self, name: &str, file_name: Option<&str>, content: &[u8]) {
        let mut disposition = format!("form-data; name=\"{}\"", escaped(name));
        if let Some(file_name) = file_name {
            disposition += &format!("; filename=\"{}\"", escaped(file_name));
        }
        let room = MOST.saturating_sub(self.length + disposition.len());
        if room > 0 {
            let content = &content[..content.len().min(room)];
            self.length += disposition.len() + content.len();
            self.parts.push((disposition, content.to_vec()));
        }
    }

    /// The form as a body.
    fn write(&self, boundary: &str) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.length + (self.parts.len() + 1) * (boundary.len() + 32));
        for (disposition, content) in &self.parts {
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        body
    }
}

/// A name as browsers write it between quotes.
fn escaped(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromForm<'r> for Watched<T> {
    type Context = Watching<T::Context>;

    fn init(options: Options) -> Self::Context {
        Watching {
            inner: T::init(options),
            parts: Parts::default(),
        }
    }

    fn push_value(context: &mut Self::Context, field: ValueField<'r>) {
        let name = field.name.source().as_str();
        context.parts.push(name, None, field.value.as_bytes());
        T::push_value(&mut context.inner, field);
    }

    async fn push_data(context: &mut Self::Context, mut field: DataField<'r, '_>) {
        let file_name = field
            .file_name
            .map(|name| name.dangerous_unsafe_unsanitized_raw());
        let beginning = field.data.peek(FILE).await;
        let name = field.name.source().as_str();
        context
            .parts
            .push(name, file_name.map(|name| name.as_str()), beginning);
        T::push_data(&mut context.inner, field).await;
    }

    fn push_error(context: &mut Self::Context, error: form::Error<'r>) {
        T::push_error(&mut context.inner, error);
    }

    fn finalize(context: Self::Context) -> form::Result<'r, Self> {
        let Watching { inner, parts } = context;
        Ok(Self {
            value: T::finalize(inner)?,
            parts,
        })
    }
}
