//! The data guard that has rules judge more of a body than a fairing sees.

use std::fmt;
use std::ops::{Deref, DerefMut};

use arcjet_engine::{Arcjet, BodyInspection, RequestDetails};
use rocket::data::{FromData, Outcome};
use rocket::futures::future::BoxFuture;
use rocket::http::Status;
use rocket::response::{self, Responder};
use rocket::{Data, Ignite, Request, Rocket, Sentinel};

use crate::decision::is_missing;
use crate::denied::Denied;
use crate::describe::describe;
use crate::fairing::Attached;
use crate::from_body::FromBody;
use crate::stream::InspectedStream;
use crate::verdict::Verdict;

/// A data guard like `T`, whose body was judged as far as the rules read bodies.
///
/// A fairing sees 512 bytes of a body, and has judged them with all rules. This reads on to the rules' window (64 KiB for
/// [`Shield`](arcjet_engine::Shield) unless set), judges that with the rules that read bodies, and then `T` gets the whole
/// body. Nothing is counted again, and of what comes after the window nothing is held back. If the rules read no bodies, or
/// the fairing has seen all of this one, it only passes it on.
///
/// `T` is a [`FromBody`]: text, bytes, forms, JSON, or the stream. Of a form in parts (`multipart/form-data`), all fields are
/// judged that are no files, and 512 bytes of each file. Rocket 0.5 lets nobody make a `Data`, so
/// that types that implement only [`FromData`] can't be in here.
///
/// A denied body is answered as a denied request is. A handler that takes `Result<Inspected<T>, InspectError<E>>` gets to
/// know of it; with another status than that of the denial it answers itself.
///
/// ```
/// use arcjet_rocket::Inspected;
/// use rocket::form::Form;
/// use rocket::{FromForm, post};
///
/// #[derive(FromForm)]
/// struct Comment {
///     text: String,
/// }
///
/// #[post("/comments", data = "<comment>")]
/// fn publish(comment: Inspected<Form<Comment>>) -> String {
///     format!("published {} characters", comment.text.chars().count())
/// }
/// # let _ = rocket::build().mount("/", rocket::routes![publish]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspected<T>(pub T);

impl<T> Inspected<T> {
    /// What is inside.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Inspected<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Inspected<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

#[rocket::async_trait]
impl<'r, T: FromBody<'r>> FromData<'r> for Inspected<T> {
    type Error = InspectError<T::Error>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        if let Err(status) = T::accepts(request) {
            return Outcome::Forward((data, status));
        }
        T::from_unjudged(request, data).await.map(Self)
    }
}

impl<T> Sentinel for Inspected<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket)
    }
}

/// What making a `T` comes to.
pub(crate) type Made<'r, T, E> = BoxFuture<'r, Outcome<'r, T, InspectError<E>>>;

/// Has a body judged as far as the rules read it, and then makes a `T` of the whole.
///
/// Boxed: of an `async fn` as generic as this, called by another one, the compiler can't tell that its future is `Send`.
pub(crate) fn from_data<'r, T: FromBody<'r> + 'r>(
    request: &'r Request<'_>,
    data: Data<'r>,
) -> Made<'r, T, T::Error> {
    Box::pin(async move {
        match inspect(request, data).await {
            Ok(body) => match T::from_body(request, body).await {
                Ok(value) => Outcome::Success(value),
                Err((status, error)) => Outcome::Error((status, InspectError::Body(status, error))),
            },
            Err(denied) => deny(request, denied),
        }
    })
}

/// Fails a guard because the body is denied.
pub(crate) fn deny<'r, T, E>(request: &Request<'_>, denied: Denied) -> Outcome<'r, T, InspectError<E>> {
    Verdict::of(request).deny_inside(denied.decision().clone());
    Outcome::Error((denied.status(), InspectError::Denied(denied)))
}

/// What is left to judge a body, if anything is.
pub(crate) fn rules<'r>(request: &'r Request<'_>) -> Option<&'r Arcjet> {
    let rules = request.rocket().state::<Attached>()?.body_rules.as_ref()?;
    (!Verdict::of(request).has_seen_all()).then_some(rules)
}

/// The request without its body.
pub(crate) fn details(request: &Request<'_>) -> Option<RequestDetails> {
    let attached = request.rocket().state::<Attached>()?;
    Some(describe(request, attached.config.find_peer(request), |_| true))
}

async fn inspect<'r>(request: &'r Request<'_>, data: Data<'r>) -> Result<InspectedStream<'r>, Denied> {
    let mut body = InspectedStream::new(data);
    let (Some(rules), Some(details)) = (rules(request), details(request)) else {
        return Ok(body);
    };
    let decision = match rules.inspect_body(&details).await {
        BodyInspection::Read(window) => {
            let (beginning, arrival) = body.fill(&window).await;
            let details = window.describe(details, beginning, arrival);
            rules.protect(&details).await
        }
        BodyInspection::Denied(decision) => *decision,
        _ => return Ok(body),
    };
    match decision.is_denied() {
        true => Err(Denied::new(decision, request)),
        false => Ok(body),
    }
}

/// Why there is no [`Inspected`].
///
/// As a response it is the [`Denied`], or an error with the status that the guard would have failed with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InspectError<E> {
    /// The body is denied.
    Denied(Denied),
    /// The body is not what the handler takes; the status says what is wrong, as it does for Rocket's own guards.
    Body(Status, E),
}

impl<E: fmt::Debug> fmt::Display for InspectError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => fmt::Display::fmt(denied, f),
            Self::Body(status, _) => write!(f, "the body can't be taken: {status}"),
        }
    }
}

impl<E: fmt::Debug> std::error::Error for InspectError<E> {}

impl<'r, E> Responder<'r, 'static> for InspectError<E> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Self::Denied(denied) => denied.respond_to(request),
            Self::Body(status, _) => Err(status),
        }
    }
}
