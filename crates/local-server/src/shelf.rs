//! The dashboard, inside the binary: the folder's files as they are.

use crate::native::Native;
use bytes::Bytes;
use proxyagent_core::ports::Shelf;

impl Shelf for Native {
    async fn file(&self, name: &str) -> Option<Bytes> {
        FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| Bytes::from_static(bytes))
    }
}

macro_rules! folder {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../../dashboard/", $name)))),*]
    };
}

/// Every file of `dashboard/`.
static FILES: &[(&str, &[u8])] = folder! {
    "activity.js"
    "api.js"
    "app.js"
    "call.js"
    "calls.js"
    "filter.js"
    "format.js"
    "harnesses.js"
    "index.html"
    "keys.js"
    "machine.js"
    "machines.js"
    "mint.js"
    "overview.js"
    "prices.js"
    "routing.js"
    "settings.js"
    "snippets.js"
    "style.css"
    "ui.js"
    "vendor.js"
    "vendor.txt"
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_inside() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dashboard");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let inside: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(inside, there);
    }
}
