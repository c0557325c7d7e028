//! A request guard for the rules of single routes.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use arcjet_engine::{Arcjet, Decision};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::decision::is_missing;
use crate::denied::Denied;
use crate::request::ArcjetRequest;
use crate::verdict::Verdict;

/// A request guard for routes with rules of their own: those of the client `R`, a type of the application that it manages.
///
/// The fairing has judged the request already, so `R` should have only what comes on top
/// ([`Arcjet::with_only`]). A denied request is answered as the fairing answers, and the handler doesn't run. Otherwise
/// the headers `RateLimit` and `RateLimit-Policy` are those of this decision, which the guard derefs to.
///
/// An application that doesn't manage an `R`, or lacks the fairing, doesn't launch.
///
/// ```
/// use arcjet_rocket::{Arcjet, ArcjetFairing, Protected, Shield, TokenBucket};
/// use rocket::{post, routes};
/// use std::time::Duration;
///
/// struct Login(Arcjet);
///
/// impl AsRef<Arcjet> for Login {
///     fn as_ref(&self) -> &Arcjet {
///         &self.0
///     }
/// }
///
/// #[post("/login")]
/// fn log_in(_rules: Protected<Login>) -> &'static str {
///     "welcome"
/// }
///
/// let all = Arcjet::builder().rule(Shield::new()).build()?;
/// let login = all.with_only(TokenBucket::new(3, 1, Duration::from_secs(20)))?;
/// let rocket = rocket::build()
///     .attach(ArcjetFairing::new(all))
///     .manage(Login(login))
///     .mount("/", routes![log_in]);
/// # let _ = rocket;
/// # Ok::<(), arcjet_rocket::ConfigError>(())
/// ```
pub struct Protected<R> {
    decision: Decision,
    rules: PhantomData<fn() -> R>,
}

impl<R> Protected<R> {
    /// What was decided.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl<R> Deref for Protected<R> {
    type Target = Decision;

    fn deref(&self) -> &Decision {
        &self.decision
    }
}

impl<R> fmt::Debug for Protected<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Protected").field(&self.decision).finish()
    }
}

#[rocket::async_trait]
impl<'r, R: AsRef<Arcjet> + Send + Sync + 'static> FromRequest<'r> for Protected<R> {
    /// `None` if the application manages no `R`.
    type Error = Option<Denied>;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Option<Denied>> {
        let Some(rules) = request.rocket().state::<R>() else {
            return Outcome::Error((Status::InternalServerError, None));
        };
        let verdict = Verdict::of(request);
        match ArcjetRequest::new(request).protect(rules.as_ref()).await {
            Ok(decision) => {
                verdict.allow_inside(decision.clone());
                Outcome::Success(Self {
                    decision,
                    rules: PhantomData,
                })
            }
            Err(denied) => {
                verdict.deny_inside(denied.decision().clone());
                Outcome::Error((denied.status(), Some(denied)))
            }
        }
    }
}

impl<R: Send + Sync + 'static> Sentinel for Protected<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let unmanaged = rocket.state::<R>().is_none();
        if unmanaged {
            tracing::error!(
                rules = std::any::type_name::<R>(),
                "a route is protected with rules that the application doesn't manage"
            );
        }
        is_missing(rocket) || unmanaged
    }
}
