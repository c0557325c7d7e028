//! Requests as browsers send them to applications, for rules that read all of a request.

use arcjet_engine::RequestDetails;

use crate::request::BROWSER_HEADERS;

/// A request with its body.
#[derive(Clone, Copy, Debug)]
pub struct RealRequest {
    /// What it is called in the tables.
    pub name: &'static str,
    method: &'static str,
    path: &'static str,
    query: &'static str,
    /// Type and content of the body; both empty if there is none.
    body: (&'static str, &'static str),
    /// How often the content is repeated between `[` and `]`, if it is more than once.
    repeated: usize,
}

/// A page, a form, an order, and a batch of measurements as web analytics send them.
pub const REAL_REQUESTS: [RealRequest; 4] = [
    RealRequest {
        name: "page",
        method: "GET",
        path: "/articles/42",
        query: "utm_source=news&ref=home&q=how%20to%20mend%20a%20bicycle",
        body: ("", ""),
        repeated: 1,
    },
    RealRequest {
        name: "form of 400 bytes",
        method: "POST",
        path: "/articles/42/comments",
        query: "",
        body: (
            "application/x-www-form-urlencoded",
            "csrf=6f1c2b7a9d3e4f508192a3b4c5d6e7f8&name=Jane+Roe&rating=4&comment=We+had+the+same+trouble+with+the+rear+wheel.\
             +What+helped+was+to+take+the+tyre+off%2C+clean+the+rim+%28don%27t+forget+the+inside%21%29+and+let+it+dry+over+night.\
             +My+neighbour%2C+who+has+a+shop%2C+says+that+%22two+thin+layers+beat+one+thick+layer%22.+It+has+held+for+three+years%2C\
             +in+all+weathers%3B+I%27d+do+it+again.&subscribe=on",
        ),
        repeated: 1,
    },
    RealRequest {
        name: "JSON of 400 bytes",
        method: "POST",
        path: "/api/orders",
        query: "",
        body: (
            "application/json",
            r#"{"customer":{"name":"Jane Roe","email":"jane@example.com","phone":"+44 7700 900123"},"items":[{"sku":"TYRE-28-622","quantity":2,"price":"24.90"},{"sku":"GLUE","quantity":1,"price":"4.50"}],"shipping":{"street":"12 Mill Lane","city":"Hook Norton","postcode":"OX15 5NT","country":"GB"},"note":"Please ring twice; the bell is quiet.","coupon":null,"newsletter":false,"total":"54.30"}"#,
        ),
        repeated: 1,
    },
    RealRequest {
        name: "JSON of 8 KB",
        method: "POST",
        path: "/collect",
        query: "v=2",
        body: (
            "application/json",
            r#"{"event":"scroll","time":1763769600123,"session":"6f1c2b7a-9d3e-4f50-8192-a3b4c5d6e7f8","url":"https://shop.example.com/articles/42?page=2#comments","viewport":[1280,720],"depth":0.62,"tags":["returning","desktop"],"consent":{"analytics":true,"ads":false}}"#,
        ),
        repeated: 32,
    },
];

impl RealRequest {
    /// The request, described.
    pub fn describe(&self) -> RequestDetails {
        let (content_type, content) = self.body;
        let builder = RequestDetails::builder(self.method, self.path)
            .query(self.query)
            .host("shop.example.com")
            .protocol("HTTP/1.1")
            .headers(BROWSER_HEADERS.map(|(name, value)| (name, value.as_bytes())))
            .peer([192, 0, 2, 1].into());
        if content.is_empty() {
            return builder.build();
        }
        let body = match self.repeated {
            1 => content.to_owned(),
            times => format!("[{}]", vec![content; times].join(",")),
        };
        let length = body.len().to_string();
        let builder = builder
            .header("content-type", content_type.as_bytes())
            .header("content-length", length.as_bytes());
        builder.build().with_body(body)
    }
}
