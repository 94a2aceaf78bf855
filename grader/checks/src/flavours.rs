//! The same packets in every form that capture programs write.

use crate::captures::CAPTURE_START;

/// A form of capture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flavour {
    /// pcapng, as Wireshark writes it; else pcap, as tcpdump does.
    pub is_pcapng: bool,
    /// Numbers begin with their greatest byte. The program that captured ran on such a machine.
    pub is_big_endian: bool,
    /// Times count nanoseconds; else microseconds.
    pub in_nanoseconds: bool,
}

impl Flavour {
    /// All of them.
    pub const ALL: [Flavour; 8] = {
        let mut all = [Flavour { is_pcapng: false, is_big_endian: false, in_nanoseconds: false }; 8];
        let mut at = 0;
        while at < 8 {
            all[at] =
                Flavour { is_pcapng: at & 1 != 0, is_big_endian: at & 2 != 0, in_nanoseconds: at & 4 != 0 };
            at += 1;
        }
        all
    };

    /// A capture file of these packets, each of which begins with what `link_type` says (tcpdump.org/linktypes.html; 1 is
    /// Ethernet) and is cut after `snap_length` bytes. They were seen a millisecond apart.
    pub fn write(self, link_type: u16, snap_length: usize, packets: &[Vec<u8>]) -> Vec<u8> {
        let mut file = self.header(link_type);
        for (packet, millisecond) in packets.iter().zip(0..) {
            let microseconds = CAPTURE_START.as_micros() as u64 + millisecond * 1000;
            let kept = &packet[..packet.len().min(snap_length)];
            file.extend(self.packet(microseconds, kept, packet.len() as u32));
        }
        file
    }

    fn header(self, link_type: u16) -> Vec<u8> {
        const NO_LIMIT: u32 = 0x0004_0000;
        if !self.is_pcapng {
            let magic = if self.in_nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
            let version = [self.half(2), self.half(4)].concat();
            let words = [0, 0, NO_LIMIT, link_type.into()].map(|word| self.word(word)).concat();
            return [self.word(magic).to_vec(), version, words].concat();
        }
        let version = [self.half(1), self.half(0)].concat();
        let section = [self.word(0x1a2b_3c4d).to_vec(), version, vec![0xff; 8]].concat();
        let link_type = [self.half(link_type), self.half(0)].concat();
        // if_tsresol, and the end of the options.
        let unit = [&self.half(9)[..], &self.half(1), &[9, 0, 0, 0], &self.word(0)].concat();
        let options = if self.in_nanoseconds { unit } else { Vec::new() };
        let interface = [link_type, self.word(0).to_vec(), options].concat();
        [self.block(0x0a0d_0d0a, &section), self.block(1, &interface)].concat()
    }

    fn packet(self, microseconds: u64, kept: &[u8], original: u32) -> Vec<u8> {
        let lengths = [self.word(kept.len() as u32), self.word(original)].concat();
        let factor = if self.in_nanoseconds { 1000 } else { 1 };
        if !self.is_pcapng {
            let fraction = microseconds % 1_000_000 * factor;
            let time = [microseconds / 1_000_000, fraction].map(|word| self.word(word as u32)).concat();
            return [&time, &lengths, kept].concat();
        }
        let ticks = microseconds * factor;
        let time = [0, (ticks >> 32) as u32, ticks as u32].map(|word| self.word(word)).concat();
        self.block(6, &[&time, &lengths, kept].concat())
    }

    /// A block of pcapng, filled up to whole words.
    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let length = self.word((12 + body.len() + padding.len()) as u32);
        [&self.word(kind), &length, body, &padding, &length].concat()
    }

    fn word(self, number: u32) -> [u8; 4] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn half(self, number: u16) -> [u8; 2] {
        if self.is_big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_are_those_that_file_1_knows() {
        let beginnings: Vec<[u8; 4]> =
            Flavour::ALL.map(|flavour| *flavour.write(1, 9, &[]).first_chunk().unwrap()).to_vec();
        let pcapng = [0x0a, 0x0d, 0x0d, 0x0a];
        let [little, big] = [[0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0xc3, 0xd4]];
        let [little_nano, big_nano] = [[0x4d, 0x3c, 0xb2, 0xa1], [0xa1, 0xb2, 0x3c, 0x4d]];
        assert_eq!(beginnings, [little, pcapng, big, pcapng, little_nano, pcapng, big_nano, pcapng]);
    }

    #[test]
    fn a_packet_is_cut_and_says_so() {
        let packets = [vec![7; 60]];
        let pcap = Flavour::ALL[2].write(1, 5, &packets);
        assert_eq!(&pcap[24 + 8..], [0, 0, 0, 5, 0, 0, 0, 60, 7, 7, 7, 7, 7]);
        let pcapng = Flavour::ALL[3].write(1, 5, &packets);
        let block = [0, 0, 0, 5, 0, 0, 0, 60, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 40];
        assert!(pcapng.ends_with(&block), "{pcapng:?}");
    }
}
