// Your part: the last requests (the patient's requests.rs)
