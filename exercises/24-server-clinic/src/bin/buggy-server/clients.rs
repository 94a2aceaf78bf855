//! Who is connected.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

/// A client, for everybody who has something to tell it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    writer: tokio::sync::Mutex<OwnedWriteHalf>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, writer: OwnedWriteHalf) -> Client {
        Client { address, writer: tokio::sync::Mutex::new(writer) }
    }

    /// Sends it all of these bytes. Two tasks that tell it something at the same time take turns.
    pub(crate) async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.writer.lock().await.write_all(bytes).await
    }
}

/// All clients.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Vec<Arc<Client>>>);

impl Clients {
    /// Takes a client in.
    pub(crate) fn join(&self, client: Arc<Client>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(client);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
