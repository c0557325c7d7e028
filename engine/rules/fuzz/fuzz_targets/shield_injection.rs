//! The views of a decoded value, and what reads filters of directories and of document stores.
#![no_main]

use arcjet_rules::fuzzing::shield::{filters, views};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    filters(value);
    views(&value.to_ascii_lowercase());
});
