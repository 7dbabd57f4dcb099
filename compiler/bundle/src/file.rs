//! The bytes of a bundle on the disk.
//!
//! Must not trust them: `Bundle::parse` checks every one.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{DecodeError, decode::stated_length, header::Header};

/// The bytes of a file that begins as a bundle does and is as long as it says, or why they are no
/// bundle. Of anything else no more is read than it takes to see that.
///
/// # Errors
///
/// [`io::Error`], if the file cannot be read.
pub fn read_file(path: &Path) -> io::Result<Result<Vec<u8>, DecodeError>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let n_first = u64::try_from(size_of::<Header>()).unwrap_or(u64::MAX);
    file.by_ref().take(n_first).read_to_end(&mut bytes)?;
    let stated = match stated_length(&bytes) {
        Ok(stated) => stated,
        Err(reason) => return Ok(Err(reason)),
    };
    let metadata = file.metadata()?;
    let found = metadata.len();
    // What is no file, such as a pipe, has no length before it is read.
    if metadata.is_file() && found != stated {
        return Ok(Err(DecodeError::LengthMismatch { stated, found }));
    }
    // One byte more than it says tells what is longer.
    let rest = stated.saturating_sub(n_first).saturating_add(1);
    file.take(rest).read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::header::{FORMAT_MAJOR, MAGIC, MAX_BYTES};

    /// Why a file is refused that begins with these bytes and is so long; its other bytes are zero
    /// and take no room on the disk.
    fn refused(name: &str, first: &[u8], length: u64) -> io::Result<Option<DecodeError>> {
        let path = std::env::temp_dir().join(format!("ztc-{name}-{}", std::process::id()));
        let mut file = File::create(&path)?;
        file.write_all(first)?;
        file.set_len(length)?;
        let found = read_file(&path);
        std::fs::remove_file(&path)?;
        Ok(found?.err())
    }

    fn header(length: u64) -> Vec<u8> {
        let mut header = MAGIC.to_vec();
        for field in [FORMAT_MAJOR, 0, ztc_abi::ABI_VERSION, 0] {
            header.extend(field.to_le_bytes());
        }
        header.extend(length.to_le_bytes());
        header.resize(size_of::<Header>(), 0);
        header
    }

    #[test]
    fn what_is_no_bundle_is_not_read() -> io::Result<()> {
        // More than there is memory for.
        let huge = 1 << 40;
        assert_eq!(
            refused("no-magic", b"kind: Pod", huge)?,
            Some(DecodeError::NotABundle)
        );
        let too_long = DecodeError::TooLong { stated: huge };
        assert_eq!(refused("too-long", &header(huge), huge)?, Some(too_long));
        let (stated, found) = (MAX_BYTES, huge);
        let differs = DecodeError::LengthMismatch { stated, found };
        assert_eq!(refused("longer", &header(stated), huge)?, Some(differs));
        assert_eq!(refused("as-it-says", &header(1000), 1000)?, None);
        // It has no end.
        let endless = read_file(Path::new("/dev/zero"))?.err();
        assert_eq!(endless, Some(DecodeError::NotABundle));
        Ok(())
    }
}
