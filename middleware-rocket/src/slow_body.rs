//! A body of which only a part comes, for tests of what waits for bodies.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use rocket::config::{LogLevel, Shutdown as ShutdownConfig};
use rocket::data::Data;
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::route::{BoxFuture, Handler, Outcome};
use rocket::{Config, Request, Route, Shutdown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A function that gets the data of a request.
type Take = for<'r> fn(&'r Request<'_>, Data<'r>) -> BoxFuture<'r>;

#[derive(Clone)]
struct Taker(Take);

#[rocket::async_trait]
impl Handler for Taker {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        (self.0)(request, data).await
    }
}

/// A server and a client that has sent the head of a request and `first` of its 20 bytes.
pub(crate) struct SlowBody {
    client: TcpStream,
    shutdown: Shutdown,
}

impl SlowBody {
    pub(crate) async fn send(first: &str, take: Take) -> Self {
        let config = Config {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            log_level: LogLevel::Off,
            shutdown: ShutdownConfig {
                ctrlc: false,
                signals: [].into(),
                ..ShutdownConfig::default()
            },
            ..Config::debug_default()
        };
        let (tell, told) = oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let ready = AdHoc::on_liftoff("ready", move |rocket| {
            Box::pin(async move {
                let tell = tell.lock().unwrap().take().unwrap();
                tell.send((rocket.config().port, rocket.shutdown())).unwrap();
            })
        });
        let route = Route::new(Method::Post, "/", Taker(take));
        let rocket = rocket::custom(config).attach(ready).mount("/", [route]);
        tokio::spawn(rocket.launch());
        let (port, shutdown) = told.await.unwrap();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let head = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 20\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(first.as_bytes()).await.unwrap();
        Self { client, shutdown }
    }

    /// Sends the rest, and returns the body of the answer.
    pub(crate) async fn finish(mut self, rest: &str) -> String {
        self.client.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.client.read_to_string(&mut answer).await.unwrap();
        self.shutdown.notify();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// Answers with a text.
pub(crate) fn answer<'r>(request: &'r Request<'_>, text: String) -> Outcome<'r> {
    Outcome::from(request, (Status::Ok, text))
}
