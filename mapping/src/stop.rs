//! The sign to stop, which ends every wait of a reader at once.

use tokio::sync::watch;

/// The mapping was told to stop; what is in flight is left as it is and comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(crate) fn new() -> (watch::Sender<bool>, Stop) {
        let (sender, receiver) = watch::channel(false);
        (sender, Stop(receiver))
    }

    /// The future's output, unless the sign comes first; the future is dropped then.
    pub(crate) async fn or<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            // A sender that is gone is a runner that is gone: stop as well.
            _ = self.0.wait_for(|stop| *stop) => Err(Stopped),
            output = future => Ok(output),
        }
    }
}
