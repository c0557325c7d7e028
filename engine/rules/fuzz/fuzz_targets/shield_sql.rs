//! The tokeniser and the grammar that find SQL injection in a decoded value.
#![no_main]

use arcjet_rules::fuzzing::shield::sql;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let found = sql(value);
    // SQL's words are read in any case, so an attack can't hide by it. Two things have one: the tags of PostgreSQL's strings,
    // `$a$ text $A$ text $a$`, and the mark of MariaDB's comments that are run.
    let lower = value.to_ascii_lowercase();
    if !value.contains(&b'$') && !lower.windows(4).any(|window| window == b"/*m!") {
        assert_eq!(found, sql(&value.to_ascii_uppercase()), "in capitals");
        assert_eq!(found, sql(&lower), "in small letters");
    }
});
