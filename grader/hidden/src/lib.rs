//! The hidden checks, one file a lab; not part of what students are handed.
