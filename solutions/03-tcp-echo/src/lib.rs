//! Lab 03: a blocking echo server and its interactive client.
