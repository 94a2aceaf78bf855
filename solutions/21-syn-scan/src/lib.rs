//! Lab 21: a half-open port scanner.
