//! Where nothing is sent, whatever anybody declares, and what counts as private (`specs/experience.md` §20).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::town::state::Appadresse;

/// What kind of place an address is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressClass {
    /// Reachable by everybody.
    Public,
    /// This machine, or a network behind it.
    Private,
    /// Never sent to: link-local, metadata of a cloud, many at once, nobody.
    Forbidden(&'static str),
}

/// Networks of version 4 in order of appearance: the first that holds an address decides.
const FOUR: &[([u8; 4], u8, AddressClass)] = &[
    ([0, 0, 0, 0], 8, AddressClass::Forbidden("unspecified")),
    ([169, 254, 0, 0], 16, AddressClass::Forbidden("link-local, where clouds keep their metadata")),
    ([100, 100, 100, 200], 32, AddressClass::Forbidden("metadata of a cloud")),
    ([168, 63, 129, 16], 32, AddressClass::Forbidden("metadata of a cloud")),
    ([192, 0, 0, 192], 32, AddressClass::Forbidden("metadata of a cloud")),
    ([224, 0, 0, 0], 4, AddressClass::Forbidden("multicast")),
    ([240, 0, 0, 0], 4, AddressClass::Forbidden("reserved or broadcast")),
    ([10, 0, 0, 0], 8, AddressClass::Private),
    ([100, 64, 0, 0], 10, AddressClass::Private),
    ([127, 0, 0, 0], 8, AddressClass::Private),
    ([172, 16, 0, 0], 12, AddressClass::Private),
    ([192, 0, 0, 0], 24, AddressClass::Private),
    ([192, 168, 0, 0], 16, AddressClass::Private),
    ([198, 18, 0, 0], 15, AddressClass::Private),
];

/// Networks of version 6.
const SIX: &[([u16; 8], u8, AddressClass)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, AddressClass::Forbidden("unspecified")),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, AddressClass::Private),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, AddressClass::Forbidden("link-local, where clouds keep their metadata")),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, AddressClass::Forbidden("site-local, no longer in use")),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, AddressClass::Forbidden("multicast")),
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, AddressClass::Forbidden("metadata of a cloud")),
    ([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, AddressClass::Forbidden("metadata of a cloud")),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, AddressClass::Private),
];

/// Names under which clouds answer with what no app should be sent to.
const METADATA: &[&str] =
    &["metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"];

/// Ends of names that no public register gives out: such a name may lead to a private address.
const PRIVATE_ENDS: &[&str] =
    &[".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".corp", ".test", ".example"];

/// The class of `address`. An address of version 4 inside one of version 6 counts as the one inside.
#[must_use]
pub fn class_of(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(four) => class_of_four(four),
        IpAddr::V6(six) => match inside(six) {
            Some(four) => class_of_four(four),
            None => class_of_six(six),
        },
    }
}

fn class_of_four(address: Ipv4Addr) -> AddressClass {
    let bits = address.to_bits();
    let holds = |net: [u8; 4], length: u8| (bits ^ Ipv4Addr::from(net).to_bits()) >> (32 - u32::from(length)) == 0;
    let found = FOUR.iter().find(|(net, length, _)| holds(*net, *length));
    found.map_or(AddressClass::Public, |(_, _, class)| *class)
}

fn class_of_six(address: Ipv6Addr) -> AddressClass {
    let bits = address.to_bits();
    let holds = |net: [u16; 8], length: u8| (bits ^ Ipv6Addr::from(net).to_bits()) >> (128 - u32::from(length)) == 0;
    let found = SIX.iter().find(|(net, length, _)| holds(*net, *length));
    found.map_or(AddressClass::Public, |(_, _, class)| *class)
}

/// The address of version 4 that one of version 6 leads to: mapped, compatible, translated, or tunnelled.
fn inside(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let four = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match parts {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] if high != 0 => four(high, low),
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => four(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => four(high, low),
        [0x2002, high, low, ..] => four(high, low),
        [0x2001, 0, _, _, _, _, high, low] => four(!high, !low),
        _ => None,
    }
}

/// Whether `host` (in lower case) is a name of a cloud's metadata.
#[must_use]
pub fn is_metadata_name(host: &str) -> bool {
    METADATA.contains(&host)
}

/// Whether nothing is ever sent to `address`, as far as can be told without asking for its name.
#[must_use]
pub fn is_never_sent_to(address: &Appadresse) -> bool {
    is_metadata_name(&address.host())
        || address.ip().is_some_and(|ip| matches!(class_of(ip), AddressClass::Forbidden(_)))
}

/// Whether a declared `host` (in lower case) may lead to a private address: a number, which says itself what it is, or a
/// name that no public register gives out. Any other name that suddenly leads inside has been rebound.
#[must_use]
pub fn may_be_private(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok() || !host.contains('.') || PRIVATE_ENDS.iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let forbidden = [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "2001:0:1:2:3:4:5601:5601",
            "::ffff:0:a9fe:a9fe",
            "::ffff:0.0.0.0",
        ];
        for address in forbidden {
            assert!(matches!(class_of(address.parse().unwrap()), AddressClass::Forbidden(_)), "{address}");
        }
        let private = [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.19.0.1",
            "192.0.0.8",
            "::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ];
        for address in private {
            assert_eq!(class_of(address.parse().unwrap()), AddressClass::Private, "{address}");
        }
        for address in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2a00:1450::1", "::ffff:1.1.1.1"] {
            assert_eq!(class_of(address.parse().unwrap()), AddressClass::Public, "{address}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        for host in ["localhost", "app", "barnehage.localhost", "127.0.0.1", "::1", "10.0.0.1", "app.svc.internal"] {
            assert!(may_be_private(host), "{host}");
        }
        for host in ["app.kommune.no", "localhost.evil.com", "local", "127.0.0.1.nip.io"] {
            assert_eq!(may_be_private(host), host == "local", "{host}");
        }
        assert!(is_metadata_name("metadata.google.internal") && !is_metadata_name("metadata.kommune.no"));
    }
}
