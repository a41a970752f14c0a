//! As much of DER (ITU-T X.690) as certificates need: taking values apart and putting them together.

/// Tag of `BOOLEAN`.
pub(super) const BOOLEAN: u8 = 0x01;
/// Tag of `INTEGER`.
pub(super) const INTEGER: u8 = 0x02;
/// Tag of `BIT STRING`.
pub(super) const BIT_STRING: u8 = 0x03;
/// Tag of `OCTET STRING`.
pub(super) const OCTET_STRING: u8 = 0x04;
/// Tag of `NULL`.
pub(super) const NULL: u8 = 0x05;
/// Tag of `OBJECT IDENTIFIER`.
pub(super) const OID: u8 = 0x06;
/// Tag of `UTF8String`.
pub(super) const UTF8: u8 = 0x0c;
/// Tag of `UTCTime`.
pub(super) const UTC_TIME: u8 = 0x17;
/// Tag of `GeneralizedTime`.
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// Tag of `SEQUENCE`.
pub(super) const SEQUENCE: u8 = 0x30;
/// Tag of `SET`.
pub(super) const SET: u8 = 0x31;

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// Tag, length and content.
    pub whole: &'a [u8],
}

/// The value at the beginning of `input`, and what follows it. Lengths of up to three bytes, in the shortest form.
pub(super) fn read(input: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (&[tag, short], rest) = input.split_first_chunk::<2>()?;
    let (length, rest) = if short < 0x80 {
        (usize::from(short), rest)
    } else {
        let digits = usize::from(short & 0x7f);
        let (digits, rest) = rest.split_at_checked(digits).filter(|(digits, _)| (1..=3).contains(&digits.len()))?;
        let length = digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Value { tag, content, whole: &input[..input.len() - rest.len()] }, rest))
}

/// The values that fill `input`; `None` when something is left over.
pub(super) fn all(mut input: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        let (value, rest) = read(input)?;
        found.push(value);
        input = rest;
    }
    Some(found)
}

impl<'a> Value<'a> {
    /// The values within a value of `tag`.
    pub(super) fn within(&self, tag: u8) -> Option<Vec<Value<'a>>> {
        if self.tag == tag { all(self.content) } else { None }
    }

    /// The content of a value of `tag`.
    pub(super) fn of(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

/// A value of `tag` around `parts`.
pub(super) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let bytes = length.to_be_bytes();
    let digits = &bytes[bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len() - 1)..];
    match digits {
        [short] if *short < 0x80 => out.push(*short),
        digits => {
            // A length of a `usize` has at most eight digits.
            #[expect(clippy::cast_possible_truncation, reason = "at most eight")]
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A number without sign, given in big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len().saturating_sub(1));
    let bytes = &bytes[start..];
    let sign: &[u8] = if bytes.first().is_none_or(|&byte| byte >= 0x80) { &[0] } else { &[] };
    write(INTEGER, &[sign, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let written = write(OCTET_STRING, &[&content, &[]]);
            let (value, rest) = read(&written).unwrap();
            assert_eq!((value.tag, value.content.len(), value.whole.len()), (OCTET_STRING, length, written.len()));
            assert!(rest.is_empty());
            assert!(all(&[written.as_slice(), &[5]].concat()).is_none(), "a tag without a length");
        }
        assert!(read(&[4, 2, 0]).is_none() && read(&[4, 0x80]).is_none() && read(&[4, 0x85, 1, 1, 1, 1, 1]).is_none());
    }

    #[test]
    fn a_number_never_looks_negative() {
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0]), [2, 1, 0]);
    }
}
