//! The search for attack signatures in all views and places.
#![no_main]

use arcjet_rules::fuzzing::shield::signatures;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let view = value.to_ascii_lowercase();
    assert_eq!(
        signatures(&view),
        signatures(&view),
        "the same view is judged the same"
    );
});
