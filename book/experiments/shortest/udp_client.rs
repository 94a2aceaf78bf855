use std::net::UdpSocket;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect("127.0.0.1:9090")?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    socket.send(b"Hello from the client")?;
    let mut buffer = [0; 65_535];
    let n = socket.recv(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..n]));
    Ok(())
}
