//! Listening at 127.0.0.1, and stopping.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{Router, serve::ListenerExt as _};
use loopback_guard::Guard;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::Error;

/// How many ports after a preferred one are tried before any that is free is taken.
const NEXT_PORTS: u16 = 20;

/// Listens at a port that must be the one asked for, by the flag that it was given with. 0 is any.
pub(crate) async fn listen(port: u16, flag: &'static str) -> Result<TcpListener, Error> {
    bind(port).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Error::PortInUse { port, flag },
        _ => Error::Listen { port, source },
    })
}

/// Listens at a port if it is free, else at the next one that is, else at any.
pub(crate) async fn listen_preferably(port: Option<u16>) -> Result<TcpListener, Error> {
    for port in port.into_iter().flat_map(|port| port..=port.saturating_add(NEXT_PORTS)) {
        if let Ok(listener) = bind(port).await {
            return Ok(listener);
        }
    }
    bind(0).await.map_err(|source| Error::Listen { port: 0, source })
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
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
    /// Serves a router behind a guard: there is no way to listen without one.
    pub(crate) fn start(listener: TcpListener, guard: Guard, router: Router) -> Self {
        Self::start_beside(std::future::pending(), listener, guard, router)
    }

    /// The same beside work that ends with it.
    pub(crate) fn start_beside(
        work: impl Future<Output = ()> + Send + 'static,
        listener: TcpListener,
        guard: Guard,
        router: Router,
    ) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let listener = listener.tap_io(|connection| {
                // Answers are small: waiting to fill a packet would only make them late.
                let _ = connection.set_nodelay(true);
            });
            let service = guard.protect(router).into_make_service_with_connect_info::<SocketAddr>();
            let working = tokio::spawn(work);
            let _ = axum::serve(listener, service).with_graceful_shutdown(async move { drop(stopped.await) }).await;
            working.abort();
        });
        Self { stop, task }
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
