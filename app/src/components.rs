//! What pages are made of: values in, views out. A component asks nothing of anybody.

pub mod acts;
pub mod bulb;
pub mod calls;
pub mod findings;
pub mod head;
pub mod line;
pub mod lines;
pub mod log;
pub mod people;
pub mod release;
pub mod sources;
pub mod time;
pub mod top_bar;
pub mod track;
pub mod yard;
