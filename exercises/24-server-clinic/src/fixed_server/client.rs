// Your part: one client, from its first line to its last (the patient's client.rs)
