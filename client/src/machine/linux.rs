use std::fs;
use std::path::Path;

pub(super) fn signals() -> [(&'static str, String); 3] {
    let dmi = |name: &str| read(&Path::new("/sys/class/dmi/id").join(name));
    let model = [dmi("sys_vendor"), dmi("product_name"), dmi("board_name")].concat();
    let root = root_file_system().unwrap_or_default();
    [
        ("board", dmi("product_uuid")),
        ("model", model),
        ("root", root),
    ]
}

/// The UUID of the file system at `/`: what links to the device that is mounted there.
fn root_file_system() -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let device = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(2);
        let device = fields.next()?;
        (fields.nth(1)? == "/").then_some(device)
    })?;
    let block = fs::canonicalize(Path::new("/sys/dev/block").join(device)).ok()?;
    let block = block.file_name()?;
    let links = fs::read_dir("/dev/disk/by-uuid").ok()?;
    links.flatten().find_map(|link| {
        let target = fs::canonicalize(link.path()).ok()?;
        let uuid = link.file_name().into_string().ok()?;
        (target.file_name()? == block).then_some(uuid)
    })
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().to_owned()
}
