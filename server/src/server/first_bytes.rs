use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection whose first bytes have to arrive in time: which HTTP it speaks is told by them, and
/// until then nobody else counts the time.
pub(super) struct FirstBytes<S> {
    stream: S,
    /// Until they have arrived, or something was answered.
    awaited: Option<Awaited>,
}

struct Awaited {
    bytes: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<S> FirstBytes<S> {
    pub(super) fn within(longest: Duration, stream: S) -> Self {
        let awaited = Awaited {
            bytes: PREFACE.len(),
            deadline: Box::pin(sleep(longest)),
        };
        Self {
            stream,
            awaited: Some(awaited),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstBytes<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, awaited } = self.get_mut();
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(stream).poll_read(cx, buffer) {
            let arrived = buffer.filled().len().saturating_sub(before);
            *awaited = awaited.take().and_then(|awaited| {
                let bytes = awaited.bytes.checked_sub(arrived)?;
                (bytes > 0).then_some(Awaited { bytes, ..awaited })
            });
            return Poll::Ready(read);
        }
        if let Some(awaited) = awaited {
            ready!(awaited.deadline.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstBytes<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, awaited } = self.get_mut();
        *awaited = None;
        Pin::new(stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, awaited } = self.get_mut();
        *awaited = None;
        Pin::new(stream).poll_write_vectored(cx, pieces)
    }
}

/// What a connection of HTTP/2 begins with (RFC 9113, section 3.4); no request of HTTP/1.1 is shorter.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
