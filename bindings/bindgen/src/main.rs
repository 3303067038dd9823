//! Reads a built library and writes the code that calls it from another language.

fn main() {
    uniffi::uniffi_bindgen_main();
}
