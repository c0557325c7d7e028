//! A protected actix-web app: a page, a login, a sign-up and an API, each with its own rules. See the README for what to
//! try.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::middleware::Logger;
use actix_web::web::{self, Data, Form, Html, Path, ServiceConfig};
use actix_web::{App, HttpServer, Responder};
use arcjet_actix::{
    Arcjet, ArcjetMiddleware, ArcjetRequest, ConfigError, Denied, DetectBot, EmailType, ProtectSignup,
    SecurityHeadersMiddleware, Shield, SlidingWindow, TokenBucket, ValidateEmail,
};
use serde::Deserialize;

#[actix_web::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("actix-app: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter("info,arcjet_engine=debug")
        .with_writer(std::io::stderr)
        .init();

    // Made once, here: the closure below runs in every worker, and clones share their counters.
    let protection = Protection::new()?;
    let secure = SecurityHeadersMiddleware::default();
    let app = move || {
        App::new()
            .configure(|routes| protection.routes(routes))
            .wrap(secure.clone())
            // Written last, runs first: it logs denied requests too.
            .wrap(Logger::new("%s %r"))
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port()?));
    let server = HttpServer::new(app)
        .bind(address)
        .map_err(|error| format!("can't listen on {address}: {error}; set PORT to a free port"))?;
    for address in server.addrs() {
        println!("Listening on http://{address}");
    }
    Ok(server.run().await?)
}

/// The middlewares of routes, and the rules that handlers ask.
#[derive(Clone)]
struct Protection {
    everywhere: ArcjetMiddleware,
    page: ArcjetMiddleware,
    login: ArcjetMiddleware,
    in_handlers: Data<InHandlers>,
}

struct InHandlers {
    per_user: Arcjet,
    sign_up: Arcjet,
}

impl Protection {
    fn new() -> Result<Self, ConfigError> {
        // Every route is searched for attacks: path, query, headers, cookies and bodies.
        let everywhere = Arcjet::builder().rule(Shield::new()).build()?;
        // The page is for people and for search engines and link previews; no other known bot may read it.
        let page = everywhere.with_rule(DetectBot::allow(["CATEGORY:SEARCH_ENGINE", "CATEGORY:PREVIEW"]))?;
        // Guessing passwords: 3 attempts at once, and one more every 20 seconds.
        let login = everywhere.with_rule(TokenBucket::new(3, 1, Duration::from_secs(20)))?;
        // Of each user, wherever the requests come from: 5 in any 10 seconds.
        let per_user = SlidingWindow::new(5, Duration::from_secs(10)).characteristics(["userId"]);
        // 10 sign-ups in 10 minutes, by no bot but curl, so that it can be tried, with an address that lasts.
        let sign_up = ProtectSignup {
            rate_limit: SlidingWindow::new(10, Duration::from_secs(600)),
            bots: DetectBot::allow(["CURL"]),
            email: ValidateEmail::deny([EmailType::Disposable, EmailType::Invalid]),
        };
        Ok(Self {
            in_handlers: Data::new(InHandlers {
                per_user: everywhere.with_only(per_user)?,
                sign_up: Arcjet::builder().rules(sign_up).build()?,
            }),
            page: ArcjetMiddleware::new(page),
            login: ArcjetMiddleware::new(login),
            everywhere: ArcjetMiddleware::new(everywhere),
        })
    }

    fn routes(&self, routes: &mut ServiceConfig) {
        routes
            .app_data(self.in_handlers.clone())
            .service(web::resource("/").wrap(self.page.clone()).get(show_page))
            .service(web::resource("/login").wrap(self.login.clone()).post(log_in))
            // What handlers ask, they ask after the middleware of this scope, which also judges what it has no route for.
            .service(
                web::scope("")
                    .wrap(self.everywhere.clone())
                    .route("/api/{user}/orders", web::get().to(orders))
                    .route("/signup", web::post().to(sign_up)),
            );
    }
}

async fn show_page() -> Html {
    Html::new("<!doctype html><title>actix-app</title><h1>Hello, human</h1>\n")
}

async fn log_in() -> impl Responder {
    ("wrong name or password\n", StatusCode::UNAUTHORIZED)
}

/// A real app takes the user from its session. A denial is an error that is the answer.
async fn orders(
    user: Path<String>,
    rules: Data<InHandlers>,
    request: ArcjetRequest,
) -> Result<impl Responder, Denied> {
    let user = user.into_inner();
    let decision = request
        .with_characteristic("userId", user.as_str())
        .protect(&rules.per_user)
        .await?;
    Ok(decision.respond_with(format!("no orders of {user}\n")))
}

#[derive(Deserialize)]
struct SignUp {
    email: String,
}

async fn sign_up(
    form: Form<SignUp>,
    rules: Data<InHandlers>,
    request: ArcjetRequest,
) -> Result<impl Responder, Denied> {
    let email = form.into_inner().email;
    let decision = request.with_email(email.as_str()).protect(&rules.sign_up).await?;
    Ok(decision.respond_with(format!("welcome, {email}\n")))
}

fn port() -> Result<u16, Box<dyn Error>> {
    match std::env::var("PORT") {
        Err(std::env::VarError::NotPresent) => Ok(3000),
        Ok(text) => text
            .parse()
            .map_err(|_| format!("PORT is `{text}`; accepted: 0 to 65535").into()),
        Err(error) => Err(format!("PORT: {error}; accepted: 0 to 65535").into()),
    }
}
