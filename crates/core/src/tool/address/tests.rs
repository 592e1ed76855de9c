//! Every form of address of the SSRF list, and what may be reached by listing its host.

use super::*;

#[test]
fn addresses_table() {
    let never = [
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::ffff:169.254.169.254",
        "::ffff:0:169.254.169.254",
        "::169.254.169.254",
        "::8.8.8.8",
        "64:ff9b::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:a9fe:a9fe::1",
        "2002:808:808::1",
        "2001:0:53aa:64c:0:fbff:a9fe:a9fe",
        "2001:db8::1",
        "3fff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "100::1",
        "5f00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "4000::1",
    ];
    let private = [
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::1",
        "2002:c0a8:101::1",
        "fc00::1",
        "fdff::1",
        "2607:f8b0::5efe:10.0.0.1",
        "2607:f8b0::200:5efe:127.0.0.1",
    ];
    let public = [
        "1.1.1.1",
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "192.169.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ];
    for (list, open, listed) in [(&never[..], false, false), (&private, false, true), (&public, true, true)] {
        for text in list {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(Reach::Public.permits(address), open, "{text}");
            assert_eq!(Reach::Private.permits(address), listed, "{text}");
        }
    }
}

#[test]
fn hosts_table() {
    for (text, open, listed) in [
        ("example.com", true, true),
        ("EXAMPLE.com.", true, true),
        ("a_b.example.com", true, true),
        ("localhost", false, true),
        ("LOCALHOST.", false, true),
        ("x.localhost", false, true),
        ("searxng", false, true),
        ("wiki.corp", false, true),
        ("metadata.google.internal", false, false),
        ("Metadata.Google.Internal.", false, false),
        ("metadata", false, false),
        ("127.0.0.1", false, true),
        ("169.254.169.254", false, false),
        ("[::1]", false, true),
        ("[::ffff:a9fe:a9fe]", false, false),
        ("8.8.8.8", true, true),
    ] {
        let host = Host::parse(text).unwrap();
        assert_eq!(Reach::Public.permits_host(&host), open, "{text}");
        assert_eq!(Reach::Private.permits_host(&host), listed, "{text}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_no_host() {
    for text in [
        "",
        ".",
        "..",
        "a..b",
        "-a.com",
        "a-.com",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.5",
        "1.0x1",
        "example.0",
        "[::1",
        "[::1%25eth0]",
        "[v1.x]",
        "::1",
        "user@host",
        "ex%61mple.com",
        "ex ample.com",
        "éxample.com",
        "１２７.0.0.1",
        "127。0。0。1",
        "a/b",
    ] {
        assert!(Host::parse(text).is_err(), "{text}");
    }
}
