// The settings that machine code depends on. The build script compiles the rules with them and the sandbox loads
// the result with them: were they to differ, loading would fail.

/// The wasmtime configuration of the build script and of the sandbox.
pub(crate) fn engine_config() -> wasmtime::Config {
    let mut config = wasmtime::Config::new();
    // Loops and calls check a deadline: a rule that never ends is stopped.
    config.epoch_interruption(true);
    // A fresh instance maps the initial memory copy-on-write instead of copying it.
    config.memory_init_cow(true);
    // The rules need a few KiB. The stack is the calling thread's: what the rules may use of it must be there even in
    // threads that a program made small, because running over its end would abort the process.
    config.max_wasm_stack(256 << 10);
    config
}
