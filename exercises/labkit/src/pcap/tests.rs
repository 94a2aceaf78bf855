use super::*;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::simple_packet::SimplePacketBlock;
use pcap_file::{DataLink, Endianness};
use std::fs;

/// The source's own TIME sample, 2025-01-20 14:30:45 UTC, and a fraction that tells micro- from nanoseconds.
const SECONDS: u64 = 1_737_383_445;

fn packet(nanoseconds: u32, data: &[u8]) -> Packet {
    Packet { time: Duration::new(SECONDS, nanoseconds), original_len: data.len() as u32, data: data.to_vec() }
}

fn read(bytes: &[u8]) -> Result<Vec<Packet>, Error> {
    Reader::new(bytes)?.collect()
}

/// A pcap file byte by byte, with the given magic number and byte order.
fn pcap(magic: u32, big: bool, link_type: u32, packets: &[(u32, &[u8], u32)]) -> Vec<u8> {
    let word = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let half = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut file =
        [&word(magic)[..], &half(2), &half(4), &word(0), &word(0), &word(96), &word(link_type)].concat();
    for (fraction, data, original_len) in packets {
        file.extend(word(SECONDS as u32));
        file.extend(word(*fraction));
        file.extend(word(data.len() as u32));
        file.extend(word(*original_len));
        file.extend(*data);
    }
    file
}

/// A pcapng file with one interface.
fn pcapng(
    order: Endianness,
    options: Vec<InterfaceDescriptionOption<'static>>,
    packets: &[(u64, &[u8])],
) -> Vec<u8> {
    let mut writer = PcapNgWriter::with_endianness(Vec::new(), order).unwrap();
    let interface = InterfaceDescriptionBlock { linktype: DataLink::ETHERNET, snaplen: 5, options };
    writer.write_pcapng_block(interface).unwrap();
    for (ticks, data) in packets {
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(*ticks),
            original_len: data.len() as u32,
            data: (*data).into(),
            options: vec![],
        };
        writer.write_pcapng_block(block).unwrap();
    }
    writer.into_inner()
}

#[test]
fn pcap_in_both_byte_orders_and_both_units() {
    for big in [false, true] {
        let micro = pcap(0xa1b2_c3d4, big, 1, &[(123_456, b"one", 3), (999_999, b"", 0)]);
        assert_eq!(read(&micro).unwrap(), [packet(123_456_000, b"one"), packet(999_999_000, b"")]);
        let nano = pcap(0xa1b2_3c4d, big, 1, &[(123_456, b"one", 3)]);
        assert_eq!(read(&nano).unwrap(), [packet(123_456, b"one")]);
    }
}

#[test]
fn what_the_writer_writes_the_reader_reads() {
    let packets =
        [packet(1, b"one"), packet(999_999_999, &[7; 1514]), Packet { original_len: 9, ..packet(5, b"cut") }];
    let mut writer = Writer::new(Vec::new(), LinkType::RAW).unwrap();
    for packet in &packets {
        writer.write(packet).unwrap();
    }
    let file = writer.into_inner();
    assert_eq!(&file[..4], 0xa1b2_3c4d_u32.to_le_bytes());
    let reader = Reader::new(&file[..]).unwrap();
    assert_eq!(reader.link_type(), LinkType::RAW);
    assert_eq!(reader.collect::<Result<Vec<_>, _>>().unwrap(), packets);
}

#[test]
fn the_writer_refuses_what_the_format_cannot_say_and_writes_nothing_of_it() {
    let mut writer = Writer::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for bad in [
        Packet { time: Duration::from_secs(1 << 32), ..packet(0, b"late") },
        Packet { original_len: 1, ..packet(0, b"longer") },
        packet(0, &vec![0; 262_145]),
    ] {
        assert!(matches!(writer.write(&bad).unwrap_err().problem, Problem::Malformed(..)));
    }
    assert_eq!(writer.into_inner().len(), 24);
}

#[test]
fn a_packet_longer_than_the_snapshot_length_is_no_error() {
    let cut = pcap(0xa1b2_c3d4, false, 1, &[(0, &[1; 96], 1514)]);
    let packets = read(&cut).unwrap();
    assert_eq!((packets[0].data.len(), packets[0].original_len), (96, 1514));
}

#[test]
fn the_link_type_is_without_the_frame_check_bits() {
    let file = pcap(0xa1b2_c3d4, false, 0x1400_0001, &[]);
    assert_eq!(Reader::new(&file[..]).unwrap().link_type(), LinkType::ETHERNET);
}

#[test]
fn pcapng_in_both_byte_orders_and_every_unit() {
    use InterfaceDescriptionOption::{IfTsOffset, IfTsResol};
    let microseconds = SECONDS * 1_000_000 + 7;
    let nanoseconds = SECONDS * 1_000_000_000 + 7;
    let binary = (SECONDS << 10) + 512;
    for order in [Endianness::Little, Endianness::Big] {
        for (options, ticks, fraction) in [
            (vec![], microseconds, 7000),
            (vec![IfTsResol(6)], microseconds, 7000),
            (vec![IfTsResol(9)], nanoseconds, 7),
            (vec![IfTsResol(0x80 | 10)], binary, 500_000_000),
            (vec![IfTsResol(0), IfTsOffset(SECONDS)], 0, 0),
        ] {
            let file = pcapng(order, options, &[(ticks, b"first"), (ticks, b"2nd")]);
            assert_eq!(Reader::new(&file[..]).unwrap().link_type(), LinkType::ETHERNET);
            assert_eq!(read(&file).unwrap(), [packet(fraction, b"first"), packet(fraction, b"2nd")]);
        }
    }
}

#[test]
fn simple_packets_have_no_time_and_lose_their_padding() {
    let mut writer = PcapNgWriter::with_endianness(Vec::new(), Endianness::Little).unwrap();
    writer.write_pcapng_block(InterfaceDescriptionBlock::new(DataLink::ETHERNET, 5)).unwrap();
    for (data, original_len) in [(&b"abc"[..], 3), (b"cut at", 9)] {
        writer.write_pcapng_block(SimplePacketBlock { original_len, data: data.into() }).unwrap();
    }
    let packets = read(&writer.into_inner()).unwrap();
    assert_eq!(packets[0], Packet { time: Duration::ZERO, original_len: 3, data: b"abc".to_vec() });
    assert_eq!(packets[1], Packet { time: Duration::ZERO, original_len: 9, data: b"cut a".to_vec() });
}

#[test]
fn two_kinds_of_interface_in_one_file_are_named() {
    let mut writer = PcapNgWriter::with_endianness(Vec::new(), Endianness::Little).unwrap();
    for linktype in [DataLink::ETHERNET, DataLink::RAW] {
        writer.write_pcapng_block(InterfaceDescriptionBlock::new(linktype, 0)).unwrap();
    }
    let block = EnhancedPacketBlock {
        interface_id: 1,
        timestamp: Duration::ZERO,
        original_len: 0,
        data: (&[][..]).into(),
        options: vec![],
    };
    writer.write_pcapng_block(block).unwrap();
    let error = read(&writer.into_inner()).unwrap_err();
    assert_eq!(error.to_string(), "packets of two kinds, Ethernet and raw IP: extract one interface first");
}

#[test]
fn a_file_cut_anywhere_is_an_error_that_says_where_and_comes_once() {
    let files = [
        pcap(0xa1b2_c3d4, true, 1, &[(0, b"first", 5), (0, b"second", 6)]),
        pcapng(Endianness::Little, vec![], &[(0, b"first"), (0, b"2nd")]),
    ];
    for file in files {
        let whole = read(&file).unwrap().len();
        let mut texts = Vec::new();
        for end in 0..file.len() {
            match Reader::new(&file[..end]) {
                Err(error) => texts.push(error.to_string()),
                Ok(reader) => {
                    let results: Vec<_> = reader.collect();
                    let errors = results.iter().filter(|r| r.is_err()).count();
                    assert!(results.len() - errors < whole && errors <= 1, "{results:?}");
                    texts.extend(results.iter().filter_map(|r| r.as_ref().err().map(ToString::to_string)));
                }
            }
        }
        texts.dedup();
        assert_eq!(texts[0], "not a capture file (neither pcap nor pcapng)");
        for text in [
            "the file ends within its header",
            "the file ends within packet 1",
            "the file ends within packet 2",
        ] {
            assert!(texts.iter().any(|t| t == text), "{text}: {texts:?}");
        }
    }
}

#[test]
fn a_packet_is_read_into_the_memory_of_the_one_before() {
    let files = [
        pcap(0xa1b2_3c4d, false, 1, &[(0, &[7; 90], 90), (5, b"cut", 9), (0, b"", 0)]),
        pcapng(
            Endianness::Little,
            vec![InterfaceDescriptionOption::IfTsResol(9)],
            &[(0, &[7; 90]), (5, b"2nd"), (0, b"")],
        ),
    ];
    for file in files {
        let expected = read(&file).unwrap();
        let mut reader = Reader::new(&file[..]).unwrap();
        let mut packet = Packet::default();
        let mut memory = None;
        for expected in &expected {
            assert!(reader.next_into(&mut packet).unwrap());
            assert_eq!(packet, *expected);
            assert_eq!(*memory.get_or_insert(packet.data.as_ptr()), packet.data.as_ptr());
        }
        assert!(!reader.next_into(&mut packet).unwrap());
    }
}

#[test]
fn lies_about_lengths_and_times_are_malformed() {
    let too_late = pcap(0xa1b2_c3d4, false, 1, &[(1_000_000, b"x", 1)]);
    let too_short = pcap(0xa1b2_c3d4, false, 1, &[(0, b"fine", 4), (0, b"xyz", 2)]);
    assert!(read(&too_late).unwrap_err().to_string().starts_with("malformed packet 1: "));
    assert!(read(&too_short).unwrap_err().to_string().starts_with("malformed packet 2: "));
}

#[test]
fn other_files_and_no_file_are_named() {
    let folder = std::env::temp_dir().join(format!("labkit-pcap-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (text, cut, none) = (folder.join("notes.txt"), folder.join("cut.pcap"), folder.join("none.pcap"));
    fs::write(&text, "not packets").unwrap();
    fs::write(&cut, &pcap(0xa1b2_c3d4, false, 1, &[(0, b"x", 1)])[..30]).unwrap();
    let open =
        |path| Reader::open(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).unwrap_err().to_string();

    assert_eq!(open(&text), format!("{}: not a capture file (neither pcap nor pcapng)", text.display()));
    assert_eq!(open(&cut), format!("{}: the file ends within packet 1", cut.display()));
    assert_eq!(open(&none), format!("{}: No such file or directory (os error 2)", none.display()));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_damaged_byte_never_panics() {
    let files = [
        pcap(0xa1b2_3c4d, false, 1, &[(0, b"first", 5), (0, b"second", 6)]),
        pcapng(
            Endianness::Big,
            vec![InterfaceDescriptionOption::IfTsResol(9)],
            &[(0, b"first"), (0, b"2nd")],
        ),
    ];
    for file in files {
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                let packets = Reader::new(&damaged[..]).map_or(0, Iterator::count);
                assert!(packets <= 4);
            }
        }
    }
}
