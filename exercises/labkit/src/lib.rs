//! What every lab may use: ready line, log line, exit codes, UTC time, capture files.
