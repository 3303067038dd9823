#[cfg(target_os = "macos")]
use std::process::Command;

/// What `ioreg` tells of the machine as such, which any user may ask for; it takes a tenth of a second.
#[cfg(target_os = "macos")]
pub(super) fn signals() -> [(&'static str, String); 2] {
    let told = Command::new("/usr/sbin/ioreg")
        .args(["-rd1", "-c", "IOPlatformExpertDevice"])
        .output();
    let told = told.map(|told| told.stdout).unwrap_or_default();
    signals_in(&String::from_utf8_lossy(&told))
}

fn signals_in(told: &str) -> [(&'static str, String); 2] {
    let value = |name: &str| {
        let found = told.lines().find_map(|line| {
            let (key, value) = line.split_once(" = ")?;
            // A text stands in quotes, and bytes that are one in brackets as well.
            (key.trim_matches([' ', '|', '"']) == name)
                .then(|| value.trim_matches(['<', '>', '"', ' ']).to_owned())
        });
        found.unwrap_or_default()
    };
    [
        ("serial", value("IOPlatformSerialNumber")),
        ("model", value("model")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_number_and_model_are_read_from_what_ioreg_tells() {
        let told = r#"+-o J316sAP  <class IOPlatformExpertDevice, id 0x100000117, registered, matched>
    {
      "manufacturer" = <"Apple Inc.">
      "compatible" = <"J316sAP","MacBookPro18,3","AppleARM">
      "IOPlatformUUID" = "5A9C4E21-0000-1000-8000-0123456789AB"
      "target-sub-type" = <"J316sAP">
      "model" = <"MacBookPro18,3">
      "model-config" = <"ICT;MoPED=0x1">
      "IOPlatformSerialNumber" = "C02ABCDEFGHJ"
    }
"#;
        let expected = [("serial", "C02ABCDEFGHJ"), ("model", "MacBookPro18,3")];
        assert_eq!(
            signals_in(told),
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        let none = [("serial", String::new()), ("model", String::new())];
        assert_eq!(signals_in(""), none);
    }
}
