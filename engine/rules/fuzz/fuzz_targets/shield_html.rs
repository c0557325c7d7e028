//! The tokenisers of markup, attributes, URLs, styles and scripts that find cross-site scripting in a decoded value.
#![no_main]

use arcjet_rules::fuzzing::shield::html;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let found = html(value);
    assert_eq!(found, html(value), "the same value is judged the same");
});
