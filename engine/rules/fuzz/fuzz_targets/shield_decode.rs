//! The decoders of values: percent encoding, entities, escapes of JavaScript, CSS and JSON, UTF-8, base64.
#![no_main]

use arcjet_rules::fuzzing::shield::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let is_safe = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let plain = decode(value, false);
    let form = decode(value, true);
    if value.iter().all(is_safe) {
        assert_eq!(plain, value, "there is nothing to decode");
    }
    if !value.contains(&b'+') {
        assert_eq!(plain, form, "a form differs by its plus signs");
    }
    decode(&plain, false);
});
