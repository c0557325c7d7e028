//! How long a client is willing to wait.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tonic::Code;

use crate::code::Fault;

/// Time for the request: the client's `connect-timeout-ms`, at most `limit`.
pub(crate) fn connect(headers: &HeaderMap, limit: Duration) -> Result<Duration, Fault> {
    let Some(value) = headers.get("connect-timeout-ms") else {
        return Ok(limit);
    };
    let milliseconds = number(value.as_bytes(), 10).ok_or_else(|| {
        Fault::new(
            Code::InvalidArgument,
            "connect-timeout-ms must be a whole number of at most 10 digits",
        )
    })?;
    Ok(Duration::from_millis(milliseconds).min(limit))
}

/// Time for the request: the client's `grpc-timeout`, at most `limit`.
pub(crate) fn grpc(headers: &HeaderMap, limit: Duration) -> Result<Duration, Fault> {
    let Some(value) = headers.get("grpc-timeout") else {
        return Ok(limit);
    };
    let timeout = grpc_timeout(value).ok_or_else(|| {
        Fault::new(
            Code::InvalidArgument,
            "grpc-timeout must be a whole number of at most 8 digits and one of the units H, M, S, m, u, n",
        )
    })?;
    Ok(timeout.min(limit))
}

fn grpc_timeout(value: &HeaderValue) -> Option<Duration> {
    let (unit, digits) = value.as_bytes().split_last()?;
    let amount = number(digits, 8)?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

fn number(digits: &[u8], at_most: usize) -> Option<u64> {
    let acceptable = (1..=at_most).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    acceptable.then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn header(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn the_shorter_of_client_and_server_counts() {
        assert_eq!(connect(&HeaderMap::new(), LIMIT).unwrap(), LIMIT);
        assert_eq!(
            connect(&header("connect-timeout-ms", "2000"), LIMIT).unwrap(),
            Duration::from_secs(2)
        );
        assert_eq!(
            connect(&header("connect-timeout-ms", "9999999999"), LIMIT).unwrap(),
            LIMIT
        );
        assert_eq!(grpc(&HeaderMap::new(), LIMIT).unwrap(), LIMIT);
        assert_eq!(
            grpc(&header("grpc-timeout", "500m"), LIMIT).unwrap(),
            Duration::from_millis(500)
        );
        assert_eq!(
            grpc(&header("grpc-timeout", "250000u"), LIMIT).unwrap(),
            Duration::from_millis(250)
        );
        assert_eq!(grpc(&header("grpc-timeout", "99999999H"), LIMIT).unwrap(), LIMIT);
    }

    #[test]
    fn malformed_deadlines_are_refused() {
        for value in ["", "-1", "1.5", "10000000000", "10s", " 1"] {
            let fault = connect(&header("connect-timeout-ms", value), LIMIT).unwrap_err();
            assert_eq!(fault.code, Code::InvalidArgument, "{value:?}");
        }
        for value in ["", "S", "1", "123456789S", "1s", "-1S"] {
            let fault = grpc(&header("grpc-timeout", value), LIMIT).unwrap_err();
            assert_eq!(fault.code, Code::InvalidArgument, "{value:?}");
        }
    }
}
