//! Empty: the generator is the program `uniffi-bindgen` of this package.
