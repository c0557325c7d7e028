//! The same application on actix-web.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use actix_governor::{Governor, GovernorConfigBuilder};
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use arcjet_actix::ArcjetMiddleware;

use crate::app::{HOUR, Protection};

const REFUSED: &str = "actix-governor refuses its configuration";

/// Serves a page behind the protection, on two workers and a free port of the loopback interface.
///
/// # Errors
///
/// There is no port, or no thread.
pub fn serve_actix(protection: Protection) -> Result<(SocketAddr, Server), Box<dyn Error>> {
    if let Some(arcjet) = protection.client()? {
        let protect = ArcjetMiddleware::new(arcjet);
        return listen(move || App::new().configure(page).wrap(protect.clone()));
    }
    // A million requests at once and a million a second: more than this machine can send.
    let mut governor = GovernorConfigBuilder::default();
    governor.period(Duration::from_micros(1)).burst_size(1_000_000);
    match protection {
        Protection::Governor => {
            let config = governor.finish().ok_or(REFUSED)?;
            listen(move || App::new().configure(page).wrap(Governor::new(&config)))
        }
        Protection::GovernorWithHeaders => {
            let config = governor.use_headers().finish().ok_or(REFUSED)?;
            listen(move || App::new().configure(page).wrap(Governor::new(&config)))
        }
        Protection::SpentGovernor => {
            let config = governor.period(HOUR).burst_size(1).finish().ok_or(REFUSED)?;
            listen(move || App::new().configure(page).wrap(Governor::new(&config)))
        }
        _ => listen(|| App::new().configure(page)),
    }
}

fn page(routes: &mut ServiceConfig) {
    routes.route("/articles/{id}", web::get().to(async || "Hello, world!\n"));
}

fn listen<F, T, B>(app: F) -> Result<(SocketAddr, Server), Box<dyn Error>>
where
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    T::Future: 'static,
    B: MessageBody + 'static,
{
    let server = HttpServer::new(app).workers(2).bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or("the server has no address")?;
    Ok((address, server.run()))
}
