//! The public checks, one file a lab, and the API they are written in.
