//! The machine that the programs find: its names, its addresses, its links.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use cell::Rung;

use super::Bench;
use crate::datagrams::UdpPeer;
use crate::fault::Fault;
use crate::passing_address::PassingAddress;
use crate::tcp_table;

impl Bench {
    /// From now on programs find these lines in `/etc/hosts`, and nothing else: `127.0.0.1 two.test`.
    pub fn hosts(&self, lines: &[&str]) -> Result<(), Fault> {
        self.needs_namespaces("the machine's own names are not to be changed")?;
        self.cell.show_file("/etc/hosts", &(lines.join("\n") + "\n")).map_err(Fault::infra)?;
        self.recorder.remark(format!("/etc/hosts: {}", lines.join(" · ")));
        Ok(())
    }

    /// Is the name server from now on: programs ask it for the names that are not in `/etc/hosts`. It says nothing.
    pub fn silent_name_server(&self) -> Result<UdpPeer, Fault> {
        const NAME_SERVER: &str = "127.0.0.1";
        self.needs_namespaces("the machine's own name server is not to be changed")?;
        let server = UdpPeer::bind(&format!("{NAME_SERVER}:53"), "", &self.recorder)?;
        let file = format!("nameserver {NAME_SERVER}\n");
        self.cell.show_file("/etc/resolv.conf", &file).map_err(Fault::infra)?;
        self.recorder.remark("the name server does not answer");
        Ok(server)
    }

    /// Gives `lo` one more address, with a prefix of so many bits.
    pub fn add_address(&self, address: Ipv4Addr, prefix: u8) -> Result<(), Fault> {
        self.needs_namespaces("the machine's own addresses are not to be changed")?;
        self.cell.add_address(address, prefix).map_err(Fault::infra)?;
        self.recorder.remark(format!("$ ip address add {address}/{prefix} dev lo"));
        Ok(())
    }

    /// Skips the check where it would share the machine's network: there, default ports may be taken by others.
    pub fn needs_default_ports(&self) -> Result<(), Fault> {
        self.needs_namespaces("default ports may be taken on this machine")
    }

    /// Skips the check where the network has more than `lo`: there, other addresses may lead somewhere.
    pub fn needs_no_way_out(&self) -> Result<(), Fault> {
        self.needs_namespaces("this machine may have a way to other networks")
    }

    /// Skips the check where processes of others take numbers from the same row as the program's threads.
    pub fn needs_own_process_numbers(&self) -> Result<(), Fault> {
        self.needs_namespaces("other programs' processes are numbered with this one's")
    }

    fn needs_namespaces(&self, why: &str) -> Result<(), Fault> {
        match self.cell.rung() {
            Rung::A | Rung::B => Ok(()),
            _ => Err(Fault::skip(format!("needs namespaces: {why}"))),
        }
    }

    /// Gives this machine one more address, for peers that are to vanish: see [`PassingAddress::remove`].
    pub fn passing_address(&mut self, address: Ipv4Addr) -> Result<PassingAddress, Fault> {
        self.needs_namespaces("the machine's own addresses are not to be changed")?;
        PassingAddress::add(&self.cell, address, &self.recorder)
    }

    /// From now on the kernel chooses ports only out of this range, for the programs' sockets and the grader's own.
    pub fn ephemeral_ports(&self, range: RangeInclusive<u16>) -> Result<(), Fault> {
        self.needs_namespaces("the machine's own ports are not to be changed")?;
        self.cell.set_ephemeral_ports(&range).map_err(Fault::infra)?;
        let (first, last) = range.into_inner();
        self.recorder.remark(format!("$ sysctl net.ipv4.ip_local_port_range=\"{first} {last}\""));
        Ok(())
    }

    /// Sets how long a packet on `lab0` may be, in bytes; it is 1500 at first.
    pub fn set_mtu(&self, mtu: u32) -> Result<(), Fault> {
        self.cell.wire().map_err(Fault::skip)?;
        self.needs_namespaces("the machine's own links are not to be changed")?;
        self.cell.set_mtu(mtu).map_err(Fault::infra)?;
        self.recorder.remark(format!("$ ip link set lab0 mtu {mtu}"));
        Ok(())
    }

    /// How many TCP connections (IPv4) the kernel still remembers after their end (`TIME_WAIT`), for a minute each.
    pub fn in_time_wait(&self) -> Result<usize, Fault> {
        Ok(tcp_table::in_time_wait()?)
    }
}
