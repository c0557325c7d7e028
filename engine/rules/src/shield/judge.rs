//! The rule: looks at all parts of a request and says what it thinks of it.

use super::{
    body,
    config::{Settings, Shield},
    finding::Place,
    headers,
    inspector::Inspector,
    pairs, path, policy, protocol,
    reason::{Part, ShieldReason},
    session::Origin,
};
use crate::{
    config::ConfigError,
    needs::Needs,
    outcome::{Conclusion, Outcome, Reason},
    request::Request,
};

/// The rule, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compiled {
    settings: Settings,
}

impl Compiled {
    /// Checks the configuration of the rule at this place.
    pub(crate) fn new(place: usize, config: &Shield) -> Result<Self, ConfigError> {
        Ok(Self {
            settings: Settings::new(place, config)?,
        })
    }

    pub(crate) fn needs(&self, needs: &mut Needs) {
        needs.all_headers = true;
        needs.body = needs.body.max(self.settings.body_limit);
    }

    pub(crate) fn judge(&self, request: &Request<'_>) -> Outcome {
        let reason = self.inspect(request);
        let conclusion = if reason.triggered {
            Conclusion::Deny
        } else {
            Conclusion::Allow
        };
        Outcome {
            conclusion,
            reason: Reason::Shield(reason),
        }
    }

    fn inspect(&self, request: &Request<'_>) -> ShieldReason {
        if self.settings.paths.contains(request.path) {
            return ShieldReason {
                threshold: self.settings.threshold,
                ..ShieldReason::default()
            };
        }
        let mut inspector = Inspector::new(&self.settings, Origin::of(request));
        protocol::inspect(request, &mut inspector);
        policy::inspect(request, &mut inspector);
        path::inspect(request.path, &mut inspector);
        let places = (Place::QueryName, Place::QueryValue);
        pairs::inspect(request.query, b'&', Part::Query, places, &mut inspector);
        headers::inspect(request, &mut inspector);
        body::inspect(request, &mut inspector);
        inspector.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Compiled, Request, Shield};
    use crate::shield::work;

    fn is_denied(shield: &Shield, body: &str) -> bool {
        let shield = Compiled::new(0, shield).expect("the configuration is right");
        let reason = shield.inspect(&Request {
            body: body.as_bytes(),
            ..Request::default()
        });
        reason.triggered
    }

    #[test]
    fn a_body_that_repeats_its_values_hides_nothing() {
        let harmless = r#"{"name": "o'hara", "order by": "a, b"},"#.repeat(20);
        let shield = Shield::default();
        assert!(!is_denied(&shield, &format!("[{harmless}{{}}]")));
        for attack in [r#""1' or 1=1 -- ""#, r#""{\"a\": \"1' or 1=1 -- \"}""#] {
            let body = format!(r#"[{harmless}{{"name": {attack}}}, {harmless}{{}}]"#);
            assert!(is_denied(&shield, &body), "{attack}");
        }
        // What is excluded under one name is not under another one, whatever came first.
        let excluding = Shield {
            excluded_parameters: vec!["first.note".into()],
            ..Shield::default()
        };
        let inner = r#""{\"note\": \"1' or 1=1 -- \"}""#;
        let body =
            |name: &str| format!(r#"{{"list": [{harmless}{{}}], "first": {inner}, "{name}": {inner}}}"#);
        assert!(!is_denied(&excluding, &body("first")));
        assert!(is_denied(&excluding, &body("second")));
    }

    #[test]
    fn work_grows_with_the_length_of_a_body_and_no_faster() {
        let shield = Compiled::new(0, &Shield::default()).expect("the defaults are right");
        let pieces = [
            "a=%25253c%2525&",
            "{\"a\":",
            "[",
            "{\"a\": \"%7b%22b%22:%22c%22%7d\"},",
            "[\"\\u0041\\u0027",
            "<a b='c'>&lt;",
            "<!--",
            "<![CDATA[",
            "<!DOCTYPE [",
            "a=../..;/./&",
            "a=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg&",
            "a=http://b?c=http://d?e=f;",
            "query { a(b: \"c\") ",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n'--\r\n",
            "a=;wget$IFS`{a,b}`|",
        ];
        for content_type in [
            "",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json",
        ] {
            work::assert_linear(&pieces, |body| {
                let headers: [(&[u8], &[u8]); 1] = [(b"content-type", content_type.as_bytes())];
                shield.judge(&Request {
                    headers: &headers,
                    body,
                    ..Request::default()
                })
            });
        }
    }
}
