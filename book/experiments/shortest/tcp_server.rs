use std::io::{Read, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8080")?;
    println!("listening on {}", listener.local_addr()?);
    let (mut stream, peer) = listener.accept()?;
    let mut buffer = [0; 1024];
    let n = stream.read(&mut buffer)?;
    println!("{peer} says {:?}", String::from_utf8_lossy(&buffer[..n]));
    stream.write_all(b"Hello from the server")
}
