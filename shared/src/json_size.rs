//! How long a value is as JSON, counted without writing it down.

use std::io;

use serde::Serialize;

/// How many bytes a value takes as JSON. Fails where it cannot be JSON.
pub fn json_size(value: &impl Serialize) -> Result<usize, serde_json::Error> {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value)?;
    Ok(count.0)
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
