//! Hosts played in user space on the far end of a virtual link; captures; ladder diagrams.
