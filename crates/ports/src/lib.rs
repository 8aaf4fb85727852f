//! The async traits where I/O begins, and no implementation. Thanks to them the engine builds, is
//! tested and is simulated without HTTP or SQL.

pub mod acts;
pub mod archive;
pub mod clock;
pub mod notify;
pub mod reads;
pub mod store;

pub use acts::{ActError, Acts, Order};
pub use archive::{Archive, Kept};
pub use clock::Clock;
pub use notify::{Notice, NoticeKey, NoticeKind, Notifies, NotifyError};
pub use reads::{Answer, Ask, Meter, Probe, Reads, SourceError};
pub use store::{
    IntentWrite, Keep, Lease, Restored, Store, StoreError, StoredReading, TrackMemory, Wish,
};
