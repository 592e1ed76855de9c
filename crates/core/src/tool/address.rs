//! Where tools may connect to. Judged twice: the host as it is written, before anything is sent; and natively each
//! address that the name resolves to, when the connection is made. In doubt an address is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses a request may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet only.
    Public,
    /// Also this machine and private networks: the operator listed the host. What is never reached stays so.
    Private,
}

/// What an address is, as far as tools are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    /// Link-local, cloud metadata, multicast, reserved: nothing an operator's tool lives at.
    Never,
}

/// A host as a URL writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    Address(IpAddr),
    Name(String),
}

impl Reach {
    /// Whether a connection may be made to this address.
    pub fn permits(self, address: IpAddr) -> bool {
        match kind(address) {
            Kind::Public => true,
            Kind::Private => self == Self::Private,
            Kind::Never => false,
        }
    }

    /// Whether a request may be made to this host, as far as it can be told without resolving it.
    pub fn permits_host(self, host: &Host) -> bool {
        match host {
            Host::Address(address) => self.permits(*address),
            Host::Name(name) if METADATA_NAMES.contains(&name.as_str()) => false,
            Host::Name(name) => self == Self::Private || !is_local_name(name),
        }
    }
}

impl Host {
    /// The host of a URL, without its port; an IPv6 address in brackets.
    ///
    /// # Errors
    /// Anything that two programs could read differently: numbers that are no plain dotted quad (`0x7f.1`, `2130706433`,
    /// `0177.0.0.1`), user names, percent signs, characters that no host name has.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(inside) = text.strip_prefix('[') {
            let inside = inside.strip_suffix(']').ok_or_else(|| format!("{text:?} is no address"))?;
            let address: Ipv6Addr = inside.parse().map_err(|_| format!("{text:?} is no address"))?;
            return Ok(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let labels: Vec<&str> = name.split('.').collect();
        let fits = |label: &&str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if name.len() > 253 || !labels.iter().all(fits) {
            return Err(format!("{text:?} is no host name"));
        }
        // The rule of the URL standard: what ends in a number is an address, in whatever spelling.
        let last = labels.last().copied().unwrap_or_default();
        if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") {
            let address: Ipv4Addr = name
                .parse()
                .map_err(|_| format!("{text:?} is an address in a spelling that is not accepted"))?;
            return Ok(Self::Address(address.into()));
        }
        Ok(Self::Name(name))
    }
}

fn is_local_name(name: &str) -> bool {
    !name.contains('.') || LOCAL_DOMAINS.iter().any(|domain| name.ends_with(domain))
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

/// IANA's special-purpose registry, and the addresses at which clouds answer their machines.
fn kind_of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        // Alibaba's metadata, inside the carriers' range; Azure's, inside the public one.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Kind::Never,
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [198, 18..=19, ..] => {
            Kind::Private
        }
        [0, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 31, 196, _] => Kind::Never,
        [192, 52, 193, _] | [192, 175, 48, _] | [198, 51, 100, _] | [203, 0, 113, _] | [224..=255, ..] => {
            Kind::Never
        }
        _ => Kind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private,
        // IPv4-mapped, IPv4-translated, NAT64: as the address inside.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inside(high, low),
        // IPv4-compatible and 6to4 have been given up; a public address inside makes them no better.
        [0, 0, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => worse(inside(high, low)),
        // AWS and Google answer their machines inside the private range.
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] => Kind::Never,
        [0xfc00..=0xfdff, ..] => Kind::Private,
        // Teredo and other protocols' assignments, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Never,
        // ISATAP: the address of a machine behind a tunnel.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => worse(inside(high, low)),
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Never,
    }
}

fn worse(kind: Kind) -> Kind {
    if kind == Kind::Public { Kind::Never } else { kind }
}

/// Names that lead to a cloud's metadata wherever they resolve.
const METADATA_NAMES: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.azure.com",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Domains that no public name ends in.
const LOCAL_DOMAINS: &[&str] = &[
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".private",
    ".home.arpa",
];

#[cfg(test)]
mod tests;
