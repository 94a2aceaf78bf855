// Your part: what is counted (the patient's metrics.rs)
