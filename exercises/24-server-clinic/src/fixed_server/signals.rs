// Your part: the first request to stop, and the second (the patient's signals.rs)
