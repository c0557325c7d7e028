//! The same application on Rocket.

use std::error::Error;
use std::net::Ipv4Addr;

use arcjet_rocket::ArcjetFairing;
use rocket::config::{LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::{Build, Config, Rocket, get, routes};

use crate::app::Protection;

#[get("/articles/<_id>")]
fn article(_id: &str) -> &'static str {
    "Hello, world!\n"
}

/// Headers as a limit sets them that is never used up.
const TWO_HEADERS: [(&str, &str); 2] = [
    ("RateLimit", "limit=4294967295, remaining=4294967294, reset=3600"),
    ("RateLimit-Policy", "4294967295;w=3600"),
];

/// A page behind the protection, on a free port of the loopback interface, which it prints when it is ready.
/// Without a log: by default Rocket writes lines about every request.
///
/// # Errors
///
/// The protection is another framework's.
pub fn rocket_app(protection: Protection) -> Result<Rocket<Build>, Box<dyn Error>> {
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: Shutdown {
            ctrlc: false,
            ..Shutdown::default()
        },
        ..Config::release_default()
    };
    let rocket = rocket::custom(config)
        .mount("/", routes![article])
        .attach(AdHoc::on_liftoff("address", |rocket| {
            Box::pin(async move { println!("127.0.0.1:{}", rocket.config().port) })
        }));
    match (protection.client()?, protection) {
        (Some(arcjet), _) => Ok(rocket.attach(ArcjetFairing::new(arcjet))),
        (None, Protection::None) => Ok(rocket),
        (None, Protection::TwoHeaders) => {
            Ok(rocket.attach(AdHoc::on_response("two headers", |_, response| {
                Box::pin(async move {
                    for (name, value) in TWO_HEADERS {
                        response.set_raw_header(name, value);
                    }
                })
            })))
        }
        (None, other) => Err(format!("{other:?} is not for Rocket").into()),
    }
}
