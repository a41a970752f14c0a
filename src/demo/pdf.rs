//! A PDF of one font and as many pages as the text needs, with the text as text: readable by screen readers, by search
//! and by tests. The same text gives the same bytes.

use std::fmt::Write as _;

/// Characters on a line at 11 points of Helvetica between the margins of an A4 page.
const LINE: usize = 82;
/// Lines on a page.
const PAGE: usize = 48;
/// Letters of Sámi names that Windows-1252 lacks, with the code and the glyph name they get in the font's encoding.
const SAMI: [(char, u8, &str); 10] = [
    ('Č', 0x81, "Ccaron"),
    ('č', 0x8d, "ccaron"),
    ('Đ', 0x8f, "Dcroat"),
    ('đ', 0x90, "dcroat"),
    ('Ŋ', 0x9d, "Eng"),
    ('ŋ', 0x80, "eng"),
    ('Ŧ', 0x82, "Tbar"),
    ('ŧ', 0x83, "tbar"),
    ('ń', 0x84, "nacute"),
    ('Ń', 0x86, "Nacute"),
];

/// A document with `title` in its properties and `text` on its pages.
pub(super) fn write(title: &str, text: &str) -> Vec<u8> {
    let lines = wrapped(text);
    let pages: Vec<&[String]> = lines.chunks(PAGE).collect();
    let mut kids = String::new();
    for page in 0..pages.len() {
        let _ = write!(kids, "{} 0 R ", 5 + 2 * page);
    }
    let differences: String = SAMI.iter().fold(String::new(), |mut all, (_, code, glyph)| {
        let _ = write!(all, "{code} /{glyph} ");
        all
    });
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R /Lang (no) /ViewerPreferences << /DisplayDocTitle true >> >>".to_vec(),
        format!("<< /Type /Pages /Kids [ {kids}] /Count {} >>", pages.len()).into_bytes(),
        format!(
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding \
             /BaseEncoding /WinAnsiEncoding /Differences [ {differences}] >> >>"
        )
        .into_bytes(),
        [b"<< /Title (".as_slice(), &encoded(title), b") >>"].concat(),
    ];
    for (page, lines) in pages.iter().enumerate() {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> \
                 /Contents {} 0 R >>",
                6 + 2 * page
            )
            .into_bytes(),
        );
        let mut content = b"BT /F1 11 Tf 72 770 Td 14 TL\n".to_vec();
        for line in *lines {
            content.extend([b"(".as_slice(), &encoded(line), b") Tj T*\n"].concat());
        }
        content.extend(b"ET");
        objects
            .push([format!("<< /Length {} >>\nstream\n", content.len()).as_bytes(), &content, b"\nendstream"].concat());
    }
    assemble(&objects)
}

/// Header, objects, cross-reference table, trailer.
fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend([format!("{number} 0 obj\n").as_bytes(), object, b"\nendobj\n"].concat());
    }
    let start = file.len();
    file.extend(table.into_bytes());
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes(),
    );
    file
}

/// The inside of a PDF string: Windows-1252 where it agrees with Unicode, the Sámi letters above, else a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | ')' | '\\' => bytes.extend([b'\\', u8::try_from(c).unwrap_or(b'?')]),
            '–' => bytes.push(0x96),
            'Š' => bytes.push(0x8a),
            'š' => bytes.push(0x9a),
            'Ž' => bytes.push(0x8e),
            'ž' => bytes.push(0x9e),
            ' '..='~' | '\u{a0}'..='ÿ' => bytes.push(u8::try_from(c).unwrap_or(b'?')),
            _ => bytes.push(SAMI.iter().find(|(letter, ..)| *letter == c).map_or(b'?', |(_, code, _)| *code)),
        }
    }
    bytes
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
