#[cfg(windows)]
use windows_registry::{Key, LOCAL_MACHINE};

/// What the registry holds of the firmware's own tables, which any user may read there.
#[cfg(windows)]
pub(super) fn signals() -> [(&'static str, String); 2] {
    let tables = LOCAL_MACHINE
        .open("SYSTEM\\CurrentControlSet\\Services\\mssmbios\\Data")
        .and_then(|key| key.get_value("SMBiosData"));
    let board = tables.map(|tables| system_uuid(&tables).unwrap_or_default());
    let bios = LOCAL_MACHINE.open("HARDWARE\\DESCRIPTION\\System\\BIOS");
    let model = bios.map(|bios| {
        let value = |name: &str| text(&bios, name);
        [
            value("SystemManufacturer"),
            value("SystemProductName"),
            value("BaseBoardProduct"),
        ]
        .concat()
    });
    [
        ("board", board.unwrap_or_default()),
        ("model", model.unwrap_or_default()),
    ]
}

#[cfg(windows)]
fn text(key: &Key, name: &str) -> String {
    let text = key.get_string(name).unwrap_or_default();
    text.trim().to_owned()
}

/// The UUID in the structure of type 1 of the tables of SMBIOS (DMTF DSP0134, 7.2), written as Linux
/// writes it. Windows has eight bytes about the tables precede them, of which the second is the
/// version, 2 or 3; no first structure is that short.
fn system_uuid(data: &[u8]) -> Option<String> {
    let mut tables = match data.get(1)? {
        0..=3 => data.get(HEADER..)?,
        _ => data,
    };
    loop {
        let (kind, length) = (*tables.first()?, usize::from(*tables.get(1)?));
        if kind == SYSTEM {
            // The structure before version 2.1 has none.
            let uuid = tables.get(..length)?.get(8..24)?;
            let fields = [
                (0..4, true),
                (4..6, true),
                (6..8, true),
                (8..10, false),
                (10..16, false),
            ];
            let written = fields.map(|(at, is_little)| {
                let mut bytes = uuid.get(at).unwrap_or_default().to_vec();
                if is_little {
                    bytes.reverse();
                }
                crate::state::hex(&bytes)
            });
            return Some(written.join("-"));
        }
        // Texts follow, each with a zero at its end, and one zero more after the last.
        let texts = tables.get(length.max(4)..)?;
        let end = texts.windows(2).position(|pair| pair == [0, 0])?;
        tables = texts.get(end + 2..)?;
    }
}

/// Method, version, revision and length.
const HEADER: usize = 8;
/// The structure about the system as a whole.
const SYSTEM: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Vec<u8> {
        let uuid: [u8; 16] = [
            0x44, 0x45, 0x4c, 0x4c, 0x34, 0x00, 0x10, 0x50, 0x80, 0x4a, 0xb4, 0xc0, 0x4f, 0x57,
            0x4e, 0x32,
        ];
        let mut data = vec![0, 3, 2, 0, 0, 0, 0, 0];
        // A structure of type 0 with two texts, and one of type 2 without any.
        data.extend([0, 6, 0, 0, 1, 2]);
        data.extend(b"Firmware\x001.0\0\0");
        data.extend([2, 4, 1, 0, 0, 0]);
        data.extend([1, 27, 2, 0, 1, 2, 0, 0]);
        data.extend(uuid);
        data.extend([6, 0, 0]);
        data.extend(b"Dell\0Latitude\0\0");
        data.extend([127, 4, 3, 0, 0, 0]);
        data
    }

    #[test]
    fn the_uuid_of_the_board_is_read_from_the_tables_of_the_firmware() {
        let expected = Some("4c4c4544-0034-5010-804a-b4c04f574e32");
        let tables = tables();
        assert_eq!(system_uuid(&tables).as_deref(), expected);
        assert_eq!(system_uuid(&tables[HEADER..]).as_deref(), expected);
    }

    #[test]
    fn tables_that_are_cut_or_hold_none_name_no_board() {
        let tables = tables();
        for length in 0..58 {
            assert_eq!(system_uuid(&tables[..length]), None, "{length}");
        }
        let mut short = tables.clone();
        short[HEADER + 27] = 8;
        assert_eq!(system_uuid(&short), None, "before version 2.1");
        assert_eq!(system_uuid(&[0; 64]), None);
        assert_eq!(system_uuid(&[255; 64]), None);
    }
}
