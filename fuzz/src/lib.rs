//! What the targets call: the properties that the ordinary tests hold the same parsers to.

#[path = "../../tests/properties/parsers.rs"]
pub mod parsers;
#[path = "../../tests/properties/strict_json.rs"]
pub mod strict_json;
