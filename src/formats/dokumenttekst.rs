//! The text in a document, so that a scenario can ask what a letter says.
//!
//! Reads plain text, and the text layer of simple PDFs: content streams that are not compressed, strings shown by `Tj`,
//! `TJ`, `'` and `"`, in Windows-1252 with the font's own `/Differences`. It does **not** read compressed streams
//! (`/Filter`), encrypted files, two-byte fonts (`/Identity-H`), text as pictures, or other formats. What it cannot read
//! is `None`, never an empty text: a letter that says nothing and a letter nobody can read are not the same.

/// Longest text kept, in characters. A letter is shorter; a scenario needs no book.
const MAX_CHARS: usize = 64 * 1024;

/// The text of `bytes` of media type `mime`; `None` when it cannot be read.
#[must_use]
pub fn dokumenttekst(mime: &str, bytes: &[u8]) -> Option<String> {
    let (kind, parameters) = mime.split_once(';').unwrap_or((mime, ""));
    let text = match kind.trim().to_ascii_lowercase().as_str() {
        "text/plain" => plain(bytes, parameters)?,
        "application/pdf" => pdf_text(bytes)?,
        _ => return None,
    };
    Some(text.chars().take(MAX_CHARS).collect())
}

fn plain(bytes: &[u8], parameters: &str) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let parameters = parameters.to_ascii_lowercase();
    if parameters.contains("iso-8859-1") || parameters.contains("windows-1252") {
        return Some(bytes.iter().map(|byte| windows_1252(*byte)).collect());
    }
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn pdf_text(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(b"%PDF-") || find(bytes, b"/Encrypt").is_some() || find(bytes, b"/Identity-H").is_some() {
        return None;
    }
    let names = differences(bytes);
    let mut text = String::new();
    let mut shown = false;
    let mut rest = bytes;
    while let Some(at) = find(rest, b"stream") {
        let dictionary = &rest[..at];
        let body = &rest[at + b"stream".len()..];
        let end = find(body, b"endstream")?;
        let dictionary = &dictionary[rfind(dictionary, b" obj").unwrap_or(0)..];
        let content = &body[..end];
        if find(dictionary, b"/Filter").is_none() {
            shown |= content_text(content, &names, &mut text);
        } else if find(dictionary, b"/Image").is_none() && find(dictionary, b"/FontFile").is_none() {
            // A compressed stream may hold the page: what we could read of the rest would be a half-truth.
            return None;
        }
        rest = &body[end + b"endstream".len()..];
    }
    shown.then(|| text.trim_end().to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn rfind(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}

/// Codes the file's fonts give another glyph than Windows-1252 does.
fn differences(bytes: &[u8]) -> Vec<(u8, char)> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) = find(rest, b"/Differences") {
        rest = &rest[at + b"/Differences".len()..];
        let end = find(rest, b"]").unwrap_or(rest.len());
        let list = String::from_utf8_lossy(&rest[..end]).replace('[', " ").replace('/', " /");
        let mut code = 0u8;
        for word in list.split_whitespace() {
            if let Ok(number) = word.parse() {
                code = number;
            } else if let Some(glyph) = word.strip_prefix('/') {
                found.extend(glyph_letter(glyph).map(|letter| (code, letter)));
                code = code.wrapping_add(1);
            }
        }
    }
    found
}

/// The letter of a glyph name: `uniXXXX`, single letters, and the names of letters that Norwegian and Sámi need.
fn glyph_letter(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix("uni").and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        return char::from_u32(code);
    }
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter);
    }
    GLYPHS.iter().find(|(glyph, _)| *glyph == name).map(|(_, letter)| *letter)
}

/// Glyph names beyond the single letters, after the Adobe glyph list.
const GLYPHS: [(&str, char); 28] = [
    ("aring", 'å'),
    ("Aring", 'Å'),
    ("ae", 'æ'),
    ("AE", 'Æ'),
    ("oslash", 'ø'),
    ("Oslash", 'Ø'),
    ("eacute", 'é'),
    ("aacute", 'á'),
    ("Aacute", 'Á'),
    ("ccaron", 'č'),
    ("Ccaron", 'Č'),
    ("dcroat", 'đ'),
    ("Dcroat", 'Đ'),
    ("eng", 'ŋ'),
    ("Eng", 'Ŋ'),
    ("scaron", 'š'),
    ("Scaron", 'Š'),
    ("tbar", 'ŧ'),
    ("Tbar", 'Ŧ'),
    ("zcaron", 'ž'),
    ("Zcaron", 'Ž'),
    ("nacute", 'ń'),
    ("Nacute", 'Ń'),
    ("space", ' '),
    ("hyphen", '-'),
    ("endash", '–'),
    ("adieresis", 'ä'),
    ("odieresis", 'ö'),
];

/// The letter of a byte in Windows-1252; the five codes without one are the replacement character.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Adds the text shown by a content stream; `true` when it shows any.
fn content_text(content: &[u8], names: &[(u8, char)], text: &mut String) -> bool {
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let mut shown = false;
    let mut at = 0;
    while at < content.len() {
        match content[at] {
            b'(' => strings.push(literal(content, &mut at)),
            b'<' if content.get(at + 1) != Some(&b'<') => strings.push(hex_string(content, &mut at)),
            b'A'..=b'Z' | b'a'..=b'z' | b'\'' | b'"' | b'*' | b'/' => {
                let start = at;
                at += 1;
                while at < content.len() && !b" \t\r\n\x0c\0()<>[]/".contains(&content[at]) {
                    at += 1;
                }
                match &content[start..at] {
                    b"Tj" | b"TJ" => show(&mut strings, names, text, &mut shown),
                    b"'" | b"\"" => {
                        text.push('\n');
                        show(&mut strings, names, text, &mut shown);
                    }
                    b"T*" | b"Td" | b"TD" | b"Tm" | b"ET" if !text.is_empty() && !text.ends_with('\n') => {
                        text.push('\n');
                    }
                    b"T*" => text.push('\n'),
                    _ => {}
                }
                strings.clear();
            }
            _ => at += 1,
        }
    }
    shown
}

fn show(strings: &mut Vec<Vec<u8>>, names: &[(u8, char)], text: &mut String, shown: &mut bool) {
    for byte in strings.drain(..).flatten() {
        *shown = true;
        let named = names.iter().find(|(code, _)| *code == byte).map(|(_, letter)| *letter);
        text.push(named.unwrap_or_else(|| windows_1252(byte)));
    }
}

/// A `(…)` string from its opening bracket; `at` ends behind the closing one.
fn literal(content: &[u8], at: &mut usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut depth = 0;
    while let Some(&byte) = content.get(*at) {
        *at += 1;
        match byte {
            b'(' => {
                depth += 1;
                if depth > 1 {
                    out.push(byte);
                }
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                out.push(byte);
            }
            b'\\' => escape(content, at, &mut out),
            _ => out.push(byte),
        }
    }
    out
}

fn escape(content: &[u8], at: &mut usize, out: &mut Vec<u8>) {
    let Some(&byte) = content.get(*at) else { return };
    *at += 1;
    match byte {
        b'n' => out.push(b'\n'),
        b'r' => out.push(b'\r'),
        b't' => out.push(b'\t'),
        b'b' => out.push(8),
        b'f' => out.push(12),
        b'\n' => {}
        b'\r' => *at += usize::from(content.get(*at) == Some(&b'\n')),
        b'0'..=b'7' => {
            let mut code = u32::from(byte - b'0');
            for _ in 0..2 {
                let Some(&digit @ b'0'..=b'7') = content.get(*at) else { break };
                code = code * 8 + u32::from(digit - b'0');
                *at += 1;
            }
            out.push(u8::try_from(code & 0xff).unwrap_or(b'?'));
        }
        other => out.push(other),
    }
}

/// A `<…>` string of hex digits.
fn hex_string(content: &[u8], at: &mut usize) -> Vec<u8> {
    let end = content[*at..].iter().position(|byte| *byte == b'>').map_or(content.len(), |place| *at + place);
    let mut digits: Vec<u8> = content[*at..end].iter().copied().filter(u8::is_ascii_hexdigit).collect();
    *at = (end + 1).min(content.len());
    if digits.len() % 2 == 1 {
        digits.push(b'0');
    }
    crate::base::parse_hex(&String::from_utf8_lossy(&digits)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pdf(extra: &str, stream: &[u8]) -> Vec<u8> {
        let file = format!(
            "%PDF-1.4\n1 0 obj\n<< /Type /Font {extra} >>\nendobj\n2 0 obj\n<< /Length {} >>\nstream\n",
            stream.len()
        );
        let mut file = file.into_bytes();
        file.extend(stream);
        file.extend(b"\nendstream\nendobj\n%%EOF");
        file
    }

    #[test]
    fn text_operators_escapes_and_letters_are_read() {
        let body = b"BT /F1 11 Tf 72 770 Td (Hjemmebes\xf8k \\(tilbud\\)) Tj T* (linje \\101) Tj T* [(sam) -20 (let)] TJ T* <C6F8E5> Tj ET";
        let text = dokumenttekst("application/pdf", &pdf("", body));
        assert_eq!(text.as_deref(), Some("Hjemmebesøk (tilbud)\nlinje A\nsamlet\nÆøå"));
    }

    #[test]
    fn a_font_may_place_sami_letters_where_windows_has_others() {
        let font = "/Encoding << /Differences [ 141 /ccaron 144 /dcroat/eng ] >>";
        let text = dokumenttekst("application/pdf", &pdf(font, b"BT (\x8d\x90\x91) Tj ET"));
        assert_eq!(text.as_deref(), Some("čđŋ"));
    }

    #[test]
    fn what_cannot_be_read_is_no_text_at_all() {
        let compressed = b"%PDF-1.5\n1 0 obj\n<< /Filter /FlateDecode /Length 3 >>\nstream\nxyz\nendstream\nendobj";
        assert_eq!(dokumenttekst("application/pdf", compressed), None);
        let half = [pdf("", b"BT (page one) Tj ET"), compressed.to_vec()].concat();
        assert_eq!(dokumenttekst("application/pdf", &half), None, "half a letter is not the letter");
        assert_eq!(dokumenttekst("application/pdf", b"not a pdf"), None);
        assert_eq!(dokumenttekst("application/pdf", &pdf("/Encoding /Identity-H", b"BT (A) Tj ET")), None);
        assert_eq!(dokumenttekst("application/pdf", &pdf("", b"0 0 m 10 10 l S")), None, "only lines");
        assert_eq!(dokumenttekst("image/png", b"\x89PNG"), None);
        assert_eq!(dokumenttekst("text/plain", b"\xff\xfe"), None, "not UTF-8");
    }

    #[test]
    fn plain_text_is_itself_in_its_own_letters() {
        assert_eq!(dokumenttekst("text/plain", "\u{feff}Å".as_bytes()).as_deref(), Some("Å"));
        assert_eq!(dokumenttekst("Text/Plain; charset=ISO-8859-1", b"\xc5").as_deref(), Some("Å"));
        assert_eq!(dokumenttekst("text/plain", &vec![b'x'; 70_000]).map(|text| text.len()), Some(MAX_CHARS));
    }

    #[test]
    fn damaged_content_is_read_as_far_as_it_goes_and_never_panics() {
        for end in 0..60 {
            let whole = pdf("", b"BT (a\\1) Tj <4> Tj [(b) (c");
            let _ = dokumenttekst("application/pdf", &whole[..whole.len().min(end * 3)]);
        }
    }
}
