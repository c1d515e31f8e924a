//! Compressed answers: whether a caller takes them, and making them.

use std::io::{self, Write as _};

use flate2::{Compression, write::GzEncoder};
use lambda_http::http::{HeaderMap, header};

use crate::call::yield_to_timers;

/// How much is compressed between two looks at the clock: a few milliseconds on the smallest function.
const CHUNK: usize = 64 * 1024;

/// What a request's `Accept-Encoding` says of gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gzip {
    /// It is at least as welcome as no compression.
    Preferred,
    /// It is taken where it must be.
    Accepted,
    /// The caller does not take it, or says nothing of it.
    Refused,
}

impl Gzip {
    /// Reads the `Accept-Encoding` headers of a request (RFC 9110, section 12.5.3).
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let (mut gzip, mut identity, mut others) = (None, None, None);
        let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        for entry in lines.flat_map(|line| line.split(',')) {
            let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
            let place = match coding.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut gzip,
                "identity" => &mut identity,
                "*" => &mut others,
                _ => continue,
            };
            // Of two weights for one coding the lower counts: what may be refused is not sent.
            let weight = thousandths(weight);
            *place = Some(place.map_or(weight, |other: u16| other.min(weight)));
        }
        match gzip.or(others).unwrap_or(0) {
            0 => Self::Refused,
            weight if weight >= identity.unwrap_or(0) => Self::Preferred,
            _ => Self::Accepted,
        }
    }
}

/// A weight such as `q=0.5` in thousandths. None is 1; one that is malformed counts as a refusal.
fn thousandths(parameter: &str) -> u16 {
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return 1000;
    }
    let number = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let (whole, fraction) = match number {
        Some((_, number)) => number.trim().split_once('.').unwrap_or((number.trim(), "")),
        None => return 0,
    };
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    match whole {
        "0" if is_fraction => format!("{fraction:0<3}").parse().unwrap_or(0),
        "1" if is_fraction && fraction.bytes().all(|digit| digit == b'0') => 1000,
        _ => 0,
    }
}

/// Compresses a text, quickly rather than well: it is JSON, whose repetitions any effort finds. Between chunks the
/// request's timer can fire.
pub(super) async fn compress(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for chunk in text.chunks(CHUNK) {
        encoder.write_all(chunk)?;
        yield_to_timers().await;
    }
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use lambda_http::http::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Gzip {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_str(line).expect("a header"));
        }
        Gzip::of(&headers)
    }

    #[test]
    fn gzip_is_sent_to_callers_that_take_it() {
        for lines in [
            &["gzip"][..],
            &["GZIP"],
            &["x-gzip"],
            &["deflate, gzip;q=1.0, *;q=0.5"],
            &["br", "gzip"],
            &["*"],
            &["gzip;q=0.001"],
            &["identity;q=0.5, gzip;q=0.5"],
            &["identity;q=0, *"],
            &[" gzip ; Q = 0.8 , br"],
        ] {
            assert_eq!(read(lines), Gzip::Preferred, "{lines:?}");
        }
        for lines in [&["identity, gzip;q=0.5"][..], &["gzip;q=0.2, identity;q=0.3"], &["*;q=0.1, identity"]] {
            assert_eq!(read(lines), Gzip::Accepted, "{lines:?}");
        }
        for lines in [
            &[][..],
            &[""],
            &["identity"],
            &["br, deflate"],
            &["gzip;q=0"],
            &["gzip;q=0.000, *"],
            &["*;q=0"],
            &["gzip;q=x"],
            &["gzip;q=2"],
            &["gzip;q=-1"],
            &["gzip;q=0.1234"],
            &["gzip;level=1"],
            &["gzip, gzip;q=0"],
            &["gzipped"],
        ] {
            assert_eq!(read(lines), Gzip::Refused, "{lines:?}");
        }
    }

    #[tokio::test]
    async fn a_compressed_text_is_the_text() {
        for length in [0, 1, CHUNK, 3 * CHUNK + 1] {
            let text: Vec<u8> = (0..length).map(|place| b"0123456789abcdef"[place * place % 16]).collect();
            let compressed = compress(&text).await.expect("compressed");
            let mut read = Vec::new();
            GzDecoder::new(&compressed[..]).read_to_end(&mut read).expect("gzip");
            assert_eq!(read, text);
        }
    }
}
