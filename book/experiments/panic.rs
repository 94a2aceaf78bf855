//! A thread panics at bad data. Does the process end?

use std::thread;

fn handle(data: &[u8]) -> String {
    String::from_utf8(data.to_vec()).unwrap()
}

fn main() {
    let bad = thread::spawn(|| handle(&[0xff])).join();
    println!("the first thread's result is an error: {}", bad.is_err());
    let good = thread::spawn(|| handle(b"Hello")).join();
    println!("and the next one says {:?}", good.expect("it has good data"));
}
