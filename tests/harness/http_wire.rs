//! As much of HTTP/1.1 as a proxy needs that wants to break off wherever it likes.

use std::fmt::Write as _;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Of an answer.
    pub status: u16,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Message {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// An error as DynamoDB words it.
    pub fn refusal(status: u16, kind: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}","message":"on purpose"}}"#);
        let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())];
        Self { status, headers, body: body.into_bytes() }
    }

    /// What the service at `url` answers to this request. `None`: it did not.
    pub async fn forwarded(&self, http: &reqwest::Client, url: &str) -> Option<Self> {
        let mut request = http.post(url).body(self.body.clone());
        for (name, value) in &self.headers {
            if !matches!(name.as_str(), "host" | "connection" | "content-length") {
                request = request.header(name, value);
            }
        }
        Self::of_answer(request.send().await.ok()?).await
    }

    /// An answer that was received. `None`: it broke off.
    pub async fn of_answer(answer: reqwest::Response) -> Option<Self> {
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        Some(Self { status, headers, body: answer.bytes().await.ok()?.to_vec() })
    }
}

/// Reads one request. `None`: the other side has gone, or what it sent is no request with a length.
pub async fn read_request(connection: &mut TcpStream) -> Option<Message> {
    let mut received = Vec::new();
    let head = loop {
        if let Some(place) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break place;
        }
        (connection.read_buf(&mut received).await.ok()? > 0).then_some(())?;
    };
    let lines = std::str::from_utf8(&received[..head]).ok()?.lines().skip(1);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut request = Message { status: 0, headers, body: Vec::new() };
    let length: usize = request.header("content-length")?.parse().ok()?;
    let mut body = received.split_off(head + 4);
    while body.len() < length {
        (connection.read_buf(&mut body).await.ok()? > 0).then_some(())?;
    }
    request.body = body;
    Some(request)
}

/// Writes an answer. `None`: the other side has gone.
pub async fn write_answer(connection: &mut TcpStream, answer: &Message) -> Option<()> {
    let mut text = format!("HTTP/1.1 {} Answer\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        if !matches!(name.as_str(), "content-length" | "connection" | "transfer-encoding") {
            let _ = write!(text, "{name}: {value}\r\n");
        }
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&answer.body);
    connection.write_all(&bytes).await.ok()
}
