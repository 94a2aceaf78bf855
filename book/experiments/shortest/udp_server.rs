use std::net::UdpSocket;

fn main() -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:9090")?;
    println!("listening on {}", socket.local_addr()?);
    let mut buffer = [0; 65_535];
    let (n, peer) = socket.recv_from(&mut buffer)?;
    println!("{peer} says {:?}", String::from_utf8_lossy(&buffer[..n]));
    socket.send_to(b"Hello from the server", peer)?;
    Ok(())
}
