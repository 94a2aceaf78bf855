//! Lab 13: length-prefixed messages over TCP.
