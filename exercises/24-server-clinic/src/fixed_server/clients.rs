// Your part: who is connected (the patient's clients.rs)
