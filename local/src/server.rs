//! Listening at 127.0.0.1, and stopping.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{Router, serve::ListenerExt as _};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::Error;

/// Listens at a port that must be the one asked for. 0 is any.
pub(crate) async fn listen(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Error::PortInUse(port),
        _ => Error::Listen { port, source },
    })
}

/// Listens at a port if it is free, else at any.
pub(crate) async fn listen_preferably(port: Option<u16>) -> Result<TcpListener, Error> {
    match listen(port.unwrap_or_default()).await {
        Err(_) if port.is_some() => listen(0).await,
        outcome => outcome,
    }
}

/// Where a listener listens.
pub(crate) fn port(listener: &TcpListener) -> Result<u16, Error> {
    listener.local_addr().map(|address| address.port()).map_err(|source| Error::Listen { port: 0, source })
}

/// Something that serves until it is stopped.
pub(crate) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves a router.
    pub(crate) fn start(listener: TcpListener, router: Router) -> Self {
        Self::run(|stopped| async move {
            let listener = listener.tap_io(|connection| {
                // Answers are small: waiting to fill a packet would only make them late.
                let _ = connection.set_nodelay(true);
            });
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        })
    }

    /// Runs what serves until the future it is given ends.
    pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(serve: impl FnOnce(Stopped) -> F) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(serve(Box::pin(async move { drop(stopped.await) }))) }
    }

    /// Accepts no more, and waits a while for the requests that are being answered.
    pub(crate) async fn stop(self, patience: Duration) {
        let _ = self.stop.send(());
        let abort = self.task.abort_handle();
        if timeout(patience, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Ends when the server is to stop.
pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
