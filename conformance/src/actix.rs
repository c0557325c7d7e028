//! The application in actix-web.

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use actix_web::web::{self, Bytes, Data, Payload, ServiceConfig};
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, Responder};
use arcjet_actix::{ArcjetDecision, ArcjetMiddleware, ArcjetRequest, Denied};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::{App, FIRST_EVENT, Framework, Server, describe, own_answer};

/// actix-web 4.
#[derive(Debug)]
pub enum Actix {}

impl Framework for Actix {
    const ASKS_FOR_BODIES_FIRST: bool = true;

    async fn serve(app: App) -> Server {
        let mut protect = ArcjetMiddleware::new(app.arcjet.clone());
        if app.answers_itself {
            protect = protect.on_deny(|decision, _| {
                let (status, reason) = own_answer(decision);
                // Invariant: `own_answer` returns 418 or 429.
                let status = StatusCode::from_u16(status).expect("the statuses there are valid");
                HttpResponse::build(status)
                    .insert_header(("x-reason", reason))
                    .body("mine")
            });
        }
        let app = Data::new(app);
        // Invariant: port 0 is any free one; a machine without one can't run tests, and the panic fails the test.
        let server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(app.clone())
                .configure(routes)
                .wrap(protect.clone())
        })
        .workers(2)
        .disable_signals()
        .shutdown_timeout(0)
        .bind_auto_h2c("127.0.0.1:0")
        .expect("the loopback address has free ports");
        let address = server.addrs()[0];
        let server = server.run();
        let stop = Stopped(server.handle());
        tokio::spawn(server);
        Server::new(address, stop)
    }
}

/// A server whose workers end when this is dropped.
struct Stopped(ServerHandle);

impl Drop for Stopped {
    fn drop(&mut self) {
        // The command is sent here; the future would only wait for the workers to end.
        drop(self.0.stop(false));
    }
}

fn routes(routes: &mut ServiceConfig) {
    routes
        .service(web::resource("/").to(hello))
        .route("/decision", web::get().to(decision))
        .route("/echo", web::post().to(echo))
        .route("/count", web::post().to(count))
        .route("/events", web::get().to(events))
        .route("/upgrade", web::get().to(upgrade))
        .route("/ask", web::post().to(ask));
}

async fn hello(app: Data<App>) -> &'static str {
    app.seen.request();
    "hello"
}

async fn decision(app: Data<App>, decision: ArcjetDecision) -> String {
    app.seen.request();
    describe(&decision)
}

async fn echo(app: Data<App>, body: Payload) -> HttpResponse {
    app.seen.request();
    HttpResponse::Ok().streaming(read(app, body))
}

async fn count(app: Data<App>, body: Payload) -> Result<String, actix_web::Error> {
    app.seen.request();
    let pieces = read(app, body);
    let length = pieces.try_fold(0, async |sum, piece| Ok(sum + piece.len()));
    Ok(length.await?.to_string())
}

/// The pieces of a body, counted.
fn read(app: Data<App>, body: Payload) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    body.map(move |piece| {
        let piece = piece?;
        app.seen.read(piece.len());
        Ok(piece)
    })
}

async fn events(app: Data<App>) -> HttpResponse {
    app.seen.request();
    let first = stream::iter([Ok::<_, actix_web::Error>(Bytes::from_static(
        FIRST_EVENT.as_bytes(),
    ))]);
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .streaming(first.chain(stream::pending()))
}

/// In actix-web the request's payload is what the client sends after the switch.
async fn upgrade(app: Data<App>, bytes: Payload) -> HttpResponse {
    app.seen.request();
    HttpResponse::SwitchingProtocols()
        .insert_header((CONNECTION, "upgrade"))
        .insert_header((UPGRADE, "websocket"))
        .streaming(bytes)
}

async fn ask(app: Data<App>, http: HttpRequest, request: ArcjetRequest) -> Result<impl Responder, Denied> {
    app.seen.request();
    let user = http
        .headers()
        .get("x-user")
        .and_then(|user| user.to_str().ok())
        .unwrap_or_default();
    let decision = request
        .with_characteristic("userId", user)
        .protect(&app.per_user)
        .await?;
    Ok(decision.respond_with("answer"))
}
