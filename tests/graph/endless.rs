//! A service whose answers never end: so much of them is read, and no more.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use convene::{
    calendar::{CalendarError, Detail, Request},
    domain::{BaseUrl, Cloud, EventId, Tenant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::stage::{Stage, call, day, mailbox};

/// What may be on its way between the two, beside what is read: buffers of the client and of the operating system, which
/// lets a buffer grow to tens of megabytes.
const ON_ITS_WAY: usize = 64 << 20;

/// A server that answers every request with one byte after the other; gone with the test.
struct Endless {
    url: String,
    requests: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Endless {
    async fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (requests, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (accepted, count) = (Arc::clone(&requests), Arc::clone(&sent));
        let serving = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pour(connection, status, count.clone()));
            }
        });
        Self { url, requests, sent, serving }
    }

    /// Asserts that so many requests have come since this was last called, and that no more than `limit` bytes of each answer
    /// were read.
    #[track_caller]
    fn expect_requests(&self, requests: usize, limit: usize) {
        assert_eq!(self.requests.swap(0, Ordering::SeqCst), requests, "requests");
        let sent = self.sent.swap(0, Ordering::SeqCst);
        assert!(sent <= requests * (limit + ON_ITS_WAY), "{sent} bytes");
    }

    fn configure(&self, tenant: &mut Tenant, with_tokens: bool) {
        let login = if with_tokens { self.url.clone() } else { tenant.cloud.login().to_owned() };
        let base = |url: &str| BaseUrl::new(url).expect("a base URL");
        tenant.cloud = Cloud::Custom { login: base(&login), graph: base(&self.url) };
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pour(mut connection: TcpStream, status: &str, sent: Arc<AtomicUsize>) {
    // The whole request comes at once, as small as it is.
    let _ = connection.read(&mut [0; 16 << 10]).await;
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
    let mut open = connection.write_all(head.as_bytes()).await.is_ok();
    let piece = vec![b' '; 64 << 10];
    while open {
        open = connection.write_all(&piece).await.is_ok();
        sent.fetch_add(piece.len(), Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_read_only_so_far() {
    let stage = Stage::start().await;
    let endless = Endless::start("200 OK").await;
    let process = stage.process_of(&[], |tenant| endless.configure(tenant, false)).await;
    let (who, id) = (mailbox("organizer"), EventId("AAMk".to_owned()));
    let read = process.read(&who, &id).await;
    assert!(matches!(read, Err(CalendarError::UnknownResult { .. })), "{read:?}");
    endless.expect_requests(1, 16 << 20);
    let glances = vec![
        Request::Read { mailbox: who.clone(), event: id.clone(), detail: Detail::Summary },
        Request::CheckMailbox { mailbox: mailbox("attendee1") },
    ];
    let answers = process.calendar.execute(&call(25), glances).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CalendarError::UnknownResult { .. }))), "{answers:?}");
    endless.expect_requests(1, 32 << 20);
    let answers = process.calendar.free_busy(&call(25), &[who], day()).await;
    assert!(matches!(answers[0], Err(CalendarError::UnknownResult { .. })), "{answers:?}");
    endless.expect_requests(1, 16 << 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_tokens_are_read_only_so_far_as_well() {
    let stage = Stage::start().await;
    let endless = Endless::start("403 Forbidden").await;
    let process = stage.process_of(&[], |tenant| endless.configure(tenant, false)).await;
    let read = process.read(&mailbox("organizer"), &EventId("AAMk".to_owned())).await;
    assert_eq!(read, Err(CalendarError::AccessDenied { code: "403".to_owned() }));
    endless.expect_requests(1, 16 << 20);
    let endless = Endless::start("200 OK").await;
    let process = stage.process_of(&[], |tenant| endless.configure(tenant, true)).await;
    let signed_in = process.graph.sign_in(&call(25)).await;
    assert!(signed_in.is_err());
    // Microsoft Entra is asked three times.
    endless.expect_requests(3, 256 << 10);
}
