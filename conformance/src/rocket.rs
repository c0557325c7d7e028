//! The application in Rocket.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arcjet_rocket::{ArcjetDecision, ArcjetFairing, ArcjetRequest, Decided, Denied};
use rocket::config::{LogLevel, Shutdown as ShutdownConfig};
use rocket::data::{ByteUnit, Data, DataStream, IoHandler, IoStream};
use rocket::fairing::AdHoc;
use rocket::futures::{StreamExt as _, stream};
use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::stream::{ReaderStream, TextStream};
use rocket::response::{self, Responder};
use rocket::{Build, Config, Request, Response, Rocket, Shutdown, State};
use rocket::{delete, get, options, patch, post, put, routes};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf, copy, split};
use tokio::sync::oneshot;

use crate::{App, FIRST_EVENT, Framework, Server, describe, own_answer};

/// Rocket 0.5.
#[derive(Debug)]
pub enum Rocket05 {}

impl Framework for Rocket05 {
    // `Data::peek`; the data guard `Inspected` sees more.
    const BODY_WINDOW: usize = 512;
    // For the first 14 bytes, in which a form may name another method.
    const ASKS_FOR_BODIES_FIRST: bool = true;

    async fn serve(app: App) -> Server {
        let (tell, told) = oneshot::channel();
        let ready = AdHoc::on_liftoff("ready", |rocket| {
            Box::pin(async move {
                // Nobody waits any more if the test was cancelled.
                let _ = tell.send((rocket.config().port, rocket.shutdown()));
            })
        });
        tokio::spawn(rocket(app).attach(ready).launch());
        // Invariant: liftoff tells it once; an application that doesn't launch drops the sender, and the panic fails the test.
        let (port, shutdown) = told.await.expect("the application launches");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Server::new(address, Running(shutdown))
    }
}

/// Stops the server when it is dropped.
struct Running(Shutdown);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.clone().notify();
    }
}

fn rocket(app: App) -> Rocket<Build> {
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: ShutdownConfig {
            ctrlc: false,
            signals: [].into(),
            grace: 0,
            mercy: 0,
            ..ShutdownConfig::default()
        },
        ..Config::debug_default()
    };
    let mut fairing = ArcjetFairing::new(app.arcjet.clone());
    if app.answers_itself {
        fairing = fairing.on_deny(|decision, _| {
            let (status, reason) = own_answer(decision);
            (Status::new(status), Own(reason))
        });
    }
    let hello = routes![
        hello_get,
        hello_post,
        hello_put,
        hello_patch,
        hello_delete,
        hello_options
    ];
    rocket::custom(config)
        .attach(fairing)
        .manage(app)
        .mount("/", hello)
        .mount("/", routes![decision, echo, count, events, upgrade, ask])
}

/// The application's own answer.
struct Own(&'static str);

impl<'r> Responder<'r, 'static> for Own {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = "mine".respond_to(request)?;
        response.set_header(Header::new("x-reason", self.0));
        Ok(response)
    }
}

macro_rules! hello {
    ($($name:ident $method:ident),*) => {
        $(
            #[$method("/")]
            fn $name(app: &State<App>) -> &'static str {
                app.seen.request();
                "hello"
            }
        )*
    };
}

hello!(
    hello_get get,
    hello_post post,
    hello_put put,
    hello_patch patch,
    hello_delete delete,
    hello_options options
);

#[get("/decision")]
fn decision(app: &State<App>, decision: ArcjetDecision<'_>) -> String {
    app.seen.request();
    describe(&decision)
}

/// A body as it is read, counted.
struct Counted<'r> {
    app: App,
    body: DataStream<'r>,
}

impl<'r> Counted<'r> {
    fn new(app: &App, data: Data<'r>) -> Self {
        Self {
            app: app.clone(),
            body: data.open(ByteUnit::max_value()),
        }
    }
}

impl AsyncRead for Counted<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.body).poll_read(cx, buffer))?;
        self.app.seen.read(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

#[post("/echo", data = "<data>")]
fn echo<'r>(app: &State<App>, data: Data<'r>) -> ReaderStream![Counted<'r>] {
    app.seen.request();
    ReaderStream::one(Counted::new(app, data))
}

#[post("/count", data = "<data>")]
async fn count(app: &State<App>, data: Data<'_>) -> io::Result<String> {
    app.seen.request();
    let mut body = Counted::new(app, data);
    let (mut buffer, mut total) = (vec![0; 64 << 10], 0_u64);
    loop {
        match body.read(&mut buffer).await? {
            0 => return Ok(total.to_string()),
            read => total += read as u64,
        }
    }
}

#[get("/events")]
fn events(app: &State<App>) -> (ContentType, TextStream![&'static str]) {
    app.seen.request();
    let first = stream::iter([FIRST_EVENT]).chain(stream::pending());
    (ContentType::EventStream, TextStream::from(first))
}

struct Echo;

#[rocket::async_trait]
impl IoHandler for Echo {
    async fn io(self: Pin<Box<Self>>, connection: IoStream) -> io::Result<()> {
        let (mut reader, mut writer) = split(connection);
        copy(&mut reader, &mut writer).await?;
        Ok(())
    }
}

struct Upgrade;

impl<'r> Responder<'r, 'static> for Upgrade {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::new();
        response.add_upgrade("websocket", Echo);
        Ok(response)
    }
}

#[get("/upgrade")]
fn upgrade(app: &State<App>) -> Upgrade {
    app.seen.request();
    Upgrade
}

/// The user in the header `x-user`.
struct User<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Self(request.headers().get_one("x-user").unwrap_or_default()))
    }
}

#[post("/ask")]
async fn ask(
    app: &State<App>,
    user: User<'_>,
    request: ArcjetRequest,
) -> Result<Decided<&'static str>, Denied> {
    app.seen.request();
    let request = request.with_characteristic("userId", user.0);
    let decision = request.protect(&app.per_user).await?;
    Ok(Decided(decision, "answer"))
}
