//! The tokeniser and the grammar that find SQL injection in a decoded value.
#![no_main]

use arcjet_rules::fuzzing::shield::sql;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let found = sql(value);
    // SQL's words are read in any case, so an attack can't hide by it. Only the tags of strings have one: `$a$ text $A$ text $a$`.
    if !value.contains(&b'$') {
        assert_eq!(found, sql(&value.to_ascii_uppercase()), "in capitals");
        assert_eq!(found, sql(&value.to_ascii_lowercase()), "in small letters");
    }
});
