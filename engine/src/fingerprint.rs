//! Fingerprints: who a request is counted for, byte for byte as the official SDKs compute them.

pub(crate) mod address;

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::ConfigError;
use crate::request::RequestDetails;
use crate::rule::Characteristic;

/// A digest of the characteristics that tell one client from another. Prints as `fp::2::` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fp::2::")?;
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Writes a digest in lower-case hexadecimal digits.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, digest: &[u8; 32]) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

/// Characteristics in the order in which they are hashed, whatever the order in which they were configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FingerprintPlan {
    characteristics: Vec<Characteristic>,
}

impl FingerprintPlan {
    /// None at all stands for the client's address. The same one twice is refused, as the SDKs do.
    pub(crate) fn new(mut characteristics: Vec<Characteristic>) -> Result<Self, ConfigError> {
        // The order of `Characteristic`'s variants and then of names is the order of hashing.
        characteristics.sort_unstable();
        if let Some(twice) = characteristics.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::new(
                "characteristics",
                format!("`{}` twice", twice[0]),
                "each one once",
            ));
        }
        if characteristics.is_empty() {
            characteristics.push(Characteristic::Ip);
        }
        Ok(Self { characteristics })
    }

    /// Whether the client's address is part of it.
    pub(crate) fn reads_ip(&self) -> bool {
        self.characteristics.first() == Some(&Characteristic::Ip)
    }

    /// Whether it is the client's address and nothing else.
    pub(crate) fn is_address(&self) -> bool {
        self.characteristics == [Characteristic::Ip]
    }

    pub(crate) fn characteristics(&self) -> &[Characteristic] {
        &self.characteristics
    }

    /// The fingerprint of `request`; `ip` is the client's address as text, hashed as it is.
    pub(crate) fn fingerprint(
        &self,
        request: &RequestDetails,
        ip: &str,
    ) -> Result<Fingerprint, MissingValue> {
        let mut hash = Sha256::new();
        for characteristic in &self.characteristics {
            let mut part = |kind: &str, name: &str, value: &[u8]| {
                hash.update(kind);
                hash.update(name);
                hash.update(value);
            };
            let value: Cow<'_, [u8]> = match characteristic {
                Characteristic::Ip => ip.as_bytes().into(),
                Characteristic::Host => request.host().as_bytes().into(),
                Characteristic::Method => request.method().as_bytes().into(),
                Characteristic::Path => request.path().as_bytes().into(),
                Characteristic::Header(name) => joined_header(request, name),
                Characteristic::Cookie(name) => cookie(request, name)?.into(),
                Characteristic::QueryParameter(name) => query_parameter(request.query(), name).into(),
                Characteristic::Custom(name) => {
                    request.characteristic(name).unwrap_or_default().as_bytes().into()
                }
            };
            if value.is_empty() {
                return Err(MissingValue::empty(characteristic));
            }
            match characteristic {
                Characteristic::Ip => part("ip", "", &value),
                Characteristic::Host => part("host", "", &value),
                Characteristic::Method => part("method", "", &value),
                Characteristic::Path => part("path", "", &value),
                Characteristic::Header(name) => part("header", name, &value),
                Characteristic::Cookie(name) => part("cookie", name, &value),
                Characteristic::QueryParameter(name) => part("query", name, &value),
                Characteristic::Custom(name) => part("userdefined", name, &value),
            }
        }
        Ok(Fingerprint(hash.finalize().into()))
    }
}

/// A characteristic that the request has no usable value of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingValue(String);

impl MissingValue {
    fn empty(characteristic: &Characteristic) -> Self {
        Self(format!(
            "requested `{characteristic}` characteristic but the `{characteristic}` value was empty"
        ))
    }
}

impl fmt::Display for MissingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn joined_header<'a>(request: &'a RequestDetails, name: &str) -> Cow<'a, [u8]> {
    let mut values = request
        .headers()
        .filter(|(candidate, _)| *candidate == name)
        .map(|(_, value)| value);
    let first = values.next().unwrap_or_default();
    let Some(second) = values.next() else {
        return first.into();
    };
    let mut joined = [first, second].join(&b", "[..]);
    for value in values {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(value);
    }
    joined.into()
}

fn cookie<'a>(request: &'a RequestDetails, name: &str) -> Result<&'a [u8], MissingValue> {
    let mut values = request
        .headers()
        .filter(|(header, _)| *header == "cookie")
        .flat_map(|(_, value)| value.split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let pair = pair.trim_ascii();
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            (pair[..equals].trim_ascii() == name.as_bytes()).then(|| pair[equals + 1..].trim_ascii())
        });
    let first = values.next().unwrap_or_default();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(MissingValue(format!(
            "cookie `{name}`: more than one value encountered"
        ))),
    }
}

fn query_parameter(query: &str, name: &str) -> Vec<u8> {
    let mut values = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if *percent_decoded(key) == *name.as_bytes() {
            values.extend_from_slice(&percent_decoded(value));
        }
    }
    values
}

/// Decodes `application/x-www-form-urlencoded` (WHATWG URL, 5.1); what is not a valid escape stays as it is.
fn percent_decoded(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return bytes.into();
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        decoded.push(match (byte, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, tail @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = tail;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => byte,
        });
    }
    decoded.into()
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> RequestDetails {
        RequestDetails::builder("GET", "/a")
            .host("example.com")
            .query("q=a+b&x=1&q=%63%zz")
            .header("x-a", b"1")
            .header("x-a", b"2")
            .header("x-b", b"3")
            .header("cookie", b"sid=s1; theme=\"d\"; twice=1; twice=2")
            .build()
            .with_characteristic("userId", "u1")
    }

    fn digest(text: &str) -> Fingerprint {
        Fingerprint(Sha256::digest(text.as_bytes()).into())
    }

    fn fingerprint(characteristics: &[&str]) -> Result<Fingerprint, MissingValue> {
        let parsed = characteristics.iter().map(|text| text.parse().unwrap()).collect();
        FingerprintPlan::new(parsed)
            .unwrap()
            .fingerprint(&request(), "1.1.1.1")
    }

    #[test]
    fn equals_what_the_official_sdks_compute() {
        let expected = "fp::2::10182843b9721ec9901b0b127e10705ae447f41391c1bdb153c9fec8d82bb875";
        assert_eq!(fingerprint(&[]).unwrap().to_string(), expected);
        assert_eq!(fingerprint(&["ip.src"]).unwrap().to_string(), expected);
        assert_eq!(fingerprint(&["userId"]).unwrap(), digest("userdefineduserIdu1"));
    }

    #[test]
    fn hashes_in_one_order_whatever_the_configured_one() {
        let all = [
            "userId",
            "http.request.uri.args[\"x\"]",
            "http.request.uri.args[\"q\"]",
            "http.request.cookie[\"theme\"]",
            "http.request.cookie[\"sid\"]",
            "http.request.headers[\"X-B\"]",
            "http.request.headers[\"x-a\"]",
            "http.request.uri.path",
            "http.method",
            "http.host",
            "ip.src",
        ];
        let expected = digest(
            "ip1.1.1.1hostexample.commethodGETpath/aheaderx-a1, 2headerx-b3cookiesids1cookietheme\"d\"\
             queryqa bc%zzqueryx1userdefineduserIdu1",
        );
        assert_eq!(fingerprint(&all).unwrap(), expected);
        let mut reversed = all;
        reversed.reverse();
        assert_eq!(fingerprint(&reversed).unwrap(), expected);
    }

    #[test]
    fn says_which_value_is_missing() {
        assert_eq!(
            fingerprint(&["orgId"]).unwrap_err().to_string(),
            "requested `orgId` characteristic but the `orgId` value was empty"
        );
        let error = fingerprint(&["http.request.cookie[\"twice\"]"]).unwrap_err();
        assert!(error.to_string().contains("more than one value encountered"));
    }

    #[test]
    fn refuses_the_same_characteristic_twice() {
        let error = FingerprintPlan::new(vec![Characteristic::Ip, Characteristic::Ip]).unwrap_err();
        assert_eq!(
            (error.field(), error.problem()),
            ("characteristics", "`ip.src` twice")
        );
    }
}
