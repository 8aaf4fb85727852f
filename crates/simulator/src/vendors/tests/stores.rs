//! The stores and Sentry over a real socket.
