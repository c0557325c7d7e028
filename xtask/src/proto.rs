//! `cargo xtask proto`: the generated code of the wire protocol, from the files in `engine/proto`.
//!
//! The code is checked in, so that users of the crates need neither protoc nor a build script, and so that a change of the
//! contract shows up in review as what it means in Rust. A test fails when it is stale.

use std::fs;
use std::path::PathBuf;

use prost::Message as _;
use tonic_prost_build::FileDescriptorSet;

use crate::{TaskResult, repository};

const PROTO_ROOT: &str = "engine/proto";

/// A version of the protocol, which is a package of its own.
struct Contract {
    version: &'static str,
    /// Whether the engine calls servers with it.
    called_by_engine: bool,
}

const CONTRACTS: [Contract; 2] = [
    Contract {
        version: "v1alpha1",
        called_by_engine: true,
    },
    Contract {
        version: "v2",
        called_by_engine: false,
    },
];

/// A generated file: where it belongs in the repository, and its contents.
struct Generated {
    path: String,
    contents: Vec<u8>,
}

/// Generates the code and writes it into the source tree.
pub(crate) fn write() -> TaskResult {
    for file in generate()? {
        let path = repository::root().join(&file.path);
        fs::write(&path, file.contents)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

fn generate() -> TaskResult<Vec<Generated>> {
    let mut files = Vec::new();
    for contract in &CONTRACTS {
        files.extend(contract.generate()?);
    }
    Ok(files)
}

impl Contract {
    /// The file, relative to [`PROTO_ROOT`].
    fn file(&self) -> String {
        format!("decide/{}/decide.proto", self.version)
    }

    fn package(&self) -> String {
        format!("proto.decide.{}", self.version)
    }

    fn generate(&self) -> TaskResult<Vec<Generated>> {
        let descriptors = protox::Compiler::new([repository::root().join(PROTO_ROOT)])?
            .include_source_info(true)
            .include_imports(true)
            .open_file(self.file())?
            .file_descriptor_set();

        // Messages on their own, then each service stub with the messages declared foreign: the engine holds the client, the
        // server crate the server, and both share the one set of types.
        let version = self.version;
        let mut files = vec![
            Generated {
                path: format!("engine/src/wire/generated/decide.{version}.rs"),
                contents: self.messages(&descriptors)?.into(),
            },
            Generated {
                path: format!("engine/src/wire/generated/decide.{version}.serde.rs"),
                contents: self.json(&descriptors)?.into(),
            },
            Generated {
                path: format!("decide-server/src/generated/decide.{version}.server.rs"),
                contents: self
                    .stub(
                        &descriptors,
                        Side::Server,
                        &format!("::arcjet_engine::wire::{version}"),
                    )?
                    .into(),
            },
            Generated {
                path: format!("decide-server/src/generated/decide.{version}.descriptors.bin"),
                contents: reflected(&descriptors),
            },
        ];
        if self.called_by_engine {
            files.push(Generated {
                path: format!("engine/src/wire/generated/decide.{version}.client.rs"),
                contents: self
                    .stub(&descriptors, Side::Client, &format!("crate::wire::{version}"))?
                    .into(),
            });
        }
        Ok(files)
    }

    fn messages(&self, descriptors: &FileDescriptorSet) -> TaskResult<String> {
        let scratch = Scratch::new("messages")?;
        tonic_prost_build::configure()
            .build_client(false)
            .build_server(false)
            .btree_map(".")
            .bytes(".")
            .out_dir(&scratch.0)
            .compile_fds(descriptors.clone())?;
        self.read(&scratch, "rs")
    }

    /// Connect's JSON form. Fields that this version does not know are skipped, as in the binary form: SDKs may be newer.
    fn json(&self, descriptors: &FileDescriptorSet) -> TaskResult<String> {
        let scratch = Scratch::new("json")?;
        pbjson_build::Builder::new()
            .register_descriptors(&descriptors.encode_to_vec())?
            .ignore_unknown_fields()
            .btree_map(["."])
            .out_dir(&scratch.0)
            .build(&[format!(".{}", self.package())])?;
        self.read(&scratch, "serde.rs")
    }

    fn stub(&self, descriptors: &FileDescriptorSet, side: Side, types: &str) -> TaskResult<String> {
        let scratch = Scratch::new(if side == Side::Client { "client" } else { "server" })?;
        tonic_prost_build::configure()
            .build_client(side == Side::Client)
            .build_server(side == Side::Server)
            // The engine dials with its own connector.
            .build_transport(false)
            .extern_path(format!(".{}", self.package()), types)
            .out_dir(&scratch.0)
            .compile_fds(descriptors.clone())?;
        self.read(&scratch, "rs")
    }

    /// What a generator wrote.
    fn read(&self, scratch: &Scratch, extension: &str) -> TaskResult<String> {
        let path = scratch.0.join(format!("{}.{extension}", self.package()));
        let text =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let body = text
            .strip_prefix("// This file is @generated by prost-build.\n")
            .unwrap_or(&text);
        // `include!` takes items only, so an attribute of the file cannot stand; wire.rs sets them on the module.
        Ok(format!(
            "// @generated by `cargo xtask proto` from {PROTO_ROOT}/{}. Do not edit.\n\n{}",
            self.file(),
            body.trim_start()
        ))
    }
}

/// What gRPC reflection tells; nobody asks it for comments.
fn reflected(descriptors: &FileDescriptorSet) -> Vec<u8> {
    let mut descriptors = descriptors.clone();
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    descriptors.encode_to_vec()
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
}

/// The generators write into a directory; this one lives as long as one of them runs.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> TaskResult<Self> {
        let path = std::env::temp_dir().join(format!("xtask-proto-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("cannot create {}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A directory left behind in the system's temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_in_code_is_what_the_contract_generates() {
        for file in generate().unwrap() {
            let checked_in = fs::read(repository::root().join(&file.path)).unwrap();
            assert!(
                checked_in == file.contents,
                "{} is stale: run `cargo xtask proto`",
                file.path
            );
        }
    }
}
