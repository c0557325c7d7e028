//! From a core module to a component, and the notes in it.

use crate::TaskResult;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::WorldItem;

/// Custom section: the digest of the sources, see [`super::sources::digest`].
pub(crate) const SOURCES: &str = "arcjet-rules-sources";
/// Custom section: what it was built with, see [`super::toolchain::Toolchain::version`].
pub(crate) const TOOLCHAIN: &str = "arcjet-rules-toolchain";

/// Length of what precedes the sections of a module or component: magic number and version.
const PREAMBLE: usize = 8;
/// The id of custom sections.
const CUSTOM: u8 = 0;

/// Wraps a core module that holds the type of its world into a component, checks that it imports no function, and notes where it
/// came from.
pub(crate) fn from_core(core: &[u8], sources: &str, toolchain: &str) -> TaskResult<Vec<u8>> {
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(core)?
        .encode()?;
    reject_imports(&component)?;
    append_custom_section(&mut component, SOURCES, sources.as_bytes());
    append_custom_section(&mut component, TOOLCHAIN, toolchain.as_bytes());
    Ok(component)
}

/// The rules compute and nothing else: what they could import would be access to something. Interfaces of types alone are fine.
fn reject_imports(component: &[u8]) -> TaskResult {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        return Err("the rules are no component".into());
    };
    for (key, item) in &resolve.worlds[world].imports {
        let imports_code = match item {
            WorldItem::Interface { id, .. } => !resolve.interfaces[*id].functions.is_empty(),
            WorldItem::Function(_) => true,
            WorldItem::Type { .. } => false,
        };
        if imports_code {
            return Err(format!(
                "the rules import {}, but may import nothing",
                resolve.name_world_key(key)
            )
            .into());
        }
    }
    Ok(())
}

/// The contents of the first custom section of this name at the top level of a module or component.
pub(crate) fn custom_section<'a>(wasm: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = wasm.get(PREAMBLE..)?;
    while let Some((id, after_id)) = rest.split_first() {
        let (length, after_length) = read_leb128(after_id)?;
        let (section, after) = after_length.split_at_checked(length)?;
        if *id == CUSTOM {
            let (length, section) = read_leb128(section)?;
            let (own_name, contents) = section.split_at_checked(length)?;
            if own_name == name.as_bytes() {
                return Some(contents);
            }
        }
        rest = after;
    }
    None
}

fn append_custom_section(wasm: &mut Vec<u8>, name: &str, contents: &[u8]) {
    let mut section = leb128(name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(contents);
    wasm.push(CUSTOM);
    wasm.extend(leb128(section.len()));
    wasm.extend(section);
}

/// Seven bits in each byte, lowest first; the eighth bit says that more follow.
fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Reads a number of at most 32 bits and returns what follows it.
fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_behind_others_and_only_by_its_whole_name() {
        let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
        append_custom_section(&mut wasm, "a", &[7; 300]);
        append_custom_section(&mut wasm, "ab", b"contents");
        assert_eq!(custom_section(&wasm, "ab"), Some(b"contents".as_slice()));
        assert_eq!(custom_section(&wasm, "a"), Some([7; 300].as_slice()));
        assert_eq!(custom_section(&wasm, "b"), None);
    }

    #[test]
    fn a_truncated_module_has_no_section() {
        let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
        append_custom_section(&mut wasm, "name", &[1; 200]);
        for length in 0..wasm.len() {
            assert_eq!(custom_section(&wasm[..length], "name"), None);
        }
    }
}
