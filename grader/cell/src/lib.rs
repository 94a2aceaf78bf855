//! Where an untrusted program runs: namespaces, limits, the virtual wire's two ends.
