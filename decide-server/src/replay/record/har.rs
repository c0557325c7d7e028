//! An entry of an HTTP Archive (HAR 1.2), as browsers and proxies save them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Headers, decode};
use super::text::text;
use super::{Parts, Target, Unread, bad, time};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    started_date_time: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Request<'a>,
    /// Not part of HAR; some proxies write it.
    #[serde(borrow, rename = "_clientIPAddress", alias = "clientIPAddress")]
    client: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    http_version: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    post_data: Option<PostData<'a>>,
}

#[derive(Deserialize)]
struct PostData<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    encoding: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Vec<Parameter<'a>>,
}

#[derive(Deserialize)]
struct Parameter<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Reads an entry.
pub(super) fn read(json: &str) -> Result<Parts, Unread> {
    let entry: Entry<'_> =
        serde_json::from_str(json).map_err(|error| bad(format!("not an entry: {error}")))?;
    let url = field("request.url", entry.request.url)?;
    if url.starts_with("data:") || url.starts_with("blob:") || url.starts_with("about:") {
        return Err(Unread::Skipped("nothing that was sent to a server"));
    }
    // A fragment stays in the browser.
    let target = Target::of(url.split_once('#').map_or(url.as_str(), |(url, _)| url));
    let method = field("request.method", entry.request.method)?;
    let mut parts = Parts {
        method: if method.is_empty() {
            "GET".to_owned()
        } else {
            method
        },
        target,
        protocol: Some(field("request.httpVersion", entry.request.http_version)?),
        ip: Some(field("_clientIPAddress", entry.client)?),
        ..Parts::default()
    };
    if let Some(headers) = entry.request.headers {
        parts.headers = Headers::read(headers)
            .map_err(|problem| bad(format!("request.headers: {problem}")))?
            .0;
    }
    // Names that only the frames of HTTP/2 have: the target holds what they say.
    parts.headers.retain(|(name, _)| !name.starts_with(':'));
    if let Some(data) = &entry.request.post_data {
        parts.body = body(data)?;
    }
    let started = field("startedDateTime", entry.started_date_time)?;
    if !started.is_empty() {
        let problem = || bad("startedDateTime: not RFC 3339");
        parts.time = Some(time::of_text(&started).ok_or_else(problem)?);
    }
    Ok(parts)
}

fn body(data: &PostData<'_>) -> Result<Vec<u8>, Unread> {
    let text = field("request.postData.text", data.text)?;
    if field("request.postData.encoding", data.encoding)? == "base64" {
        return decode(&text).ok_or_else(|| bad("request.postData.text: not base64"));
    }
    if !text.is_empty() || data.params.is_empty() {
        return Ok(text.into_bytes());
    }
    let mut body = String::new();
    for parameter in &data.params {
        if !body.is_empty() {
            body.push('&');
        }
        encode(&field("request.postData.params", parameter.name)?, &mut body);
        body.push('=');
        encode(&field("request.postData.params", parameter.value)?, &mut body);
    }
    Ok(body.into_bytes())
}

/// Writes what would end a value of a form, or is not ASCII, in percent encoding.
fn encode(text: &str, form: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'&' | b'=' | b'+' | b'%' | b'#' | 0..=b' ' | 0x7f.. => {
                form.push('%');
                form.extend(
                    [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
                );
            }
            _ => form.push(char::from(byte)),
        }
    }
}

fn field(name: &str, value: Option<&RawValue>) -> Result<String, Unread> {
    let text = value
        .map_or(Ok(None), text)
        .map_err(|problem| bad(format!("{name}: {problem}")))?;
    Ok(text.unwrap_or_default().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_everything() {
        let parts = read(
            r#"{"startedDateTime":"2025-10-10T20:55:36.250Z","time":5,"request":{"method":"POST","url":"https://a.example:8443/b?c=d#e",
                "httpVersion":"http/2.0","headers":[{"name":":authority","value":"a.example"},{"name":"User-Agent","value":"curl"}],
                "queryString":[],"cookies":[],"headersSize":-1,"postData":{"mimeType":"text/plain","text":"a\u0000b"}},
                "response":{"status":200},"cache":{},"timings":{},"_clientIPAddress":"192.0.2.1"}"#,
        )
        .unwrap();
        let expected = Parts {
            method: "POST".to_owned(),
            target: Target::of("https://a.example:8443/b?c=d"),
            protocol: Some("http/2.0".to_owned()),
            headers: vec![("User-Agent".to_owned(), b"curl".to_vec())],
            body: b"a\0b".to_vec(),
            ip: Some("192.0.2.1".to_owned()),
            time: time::of_number(1_760_129_736.25),
            ..Parts::default()
        };
        assert_eq!(parts, expected);
    }

    #[test]
    fn bodies_in_base64_and_as_parameters() {
        let body = |data: &str| {
            read(&format!(r#"{{"request":{{"url":"/","postData":{data}}}}}"#))
                .unwrap()
                .body
        };
        assert_eq!(body(r#"{"text":"/wA=","encoding":"base64"}"#), b"\xff\0");
        assert_eq!(
            body(r#"{"params":[{"name":"a b","value":"1&2"},{"name":"c"}]}"#),
            b"a%20b=1%262&c="
        );
        assert_eq!(
            body(r#"{"text":"x=1","params":[{"name":"x","value":"2"}]}"#),
            b"x=1"
        );
        assert_eq!(body("null"), b"");
    }

    #[test]
    fn what_no_server_saw_is_skipped_and_what_is_no_entry_is_bad() {
        assert!(matches!(
            read(r#"{"request":{"url":"data:image/png;base64,AA"}}"#),
            Err(Unread::Skipped(_))
        ));
        for json in [
            "{}",
            "[]",
            r#"{"request":{"url":["/"]}}"#,
            r#"{"request":{},"startedDateTime":"noon"}"#,
        ] {
            assert!(matches!(read(json), Err(Unread::Bad(_))), "{json}");
        }
    }
}
