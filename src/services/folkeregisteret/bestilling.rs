//! The lists of texts in the bodies of bulk look-ups.

use serde_json::Value;

/// Most characters of a name or a text in XML.
const MOST: usize = 200;

/// The texts of the list `key` of a JSON object; `None` when it is no such object.
pub(super) fn of_json(body: &[u8], key: &str) -> Option<Vec<String>> {
    let Value::Object(object) = serde_json::from_slice(body).ok()? else { return None };
    let list = object.get(key)?.as_array()?;
    list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The texts of the elements called `key`, children of the one root; `None` when the body is no such document. No
/// declarations of types or entities, no nesting below.
pub(super) fn of_xml(body: &[u8], key: &str) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut rest = text.trim_start_matches('\u{feff}').trim();
    if rest.starts_with("<?xml") {
        rest = rest.split_once("?>")?.1.trim_start();
    }
    let (root, mut rest, closed) = start_tag(rest)?;
    let mut texts = Vec::new();
    if closed {
        return rest.trim().is_empty().then_some(texts);
    }
    loop {
        rest = rest.trim_start();
        if let Some(end) = rest.strip_prefix("</") {
            let (name, after) = end.split_once('>')?;
            return (name.trim() == root && after.trim().is_empty()).then_some(texts);
        }
        let (name, after, closed) = start_tag(rest)?;
        let local = name.rsplit(':').next()?;
        if local != key || closed {
            return None;
        }
        let (content, after) = after.split_once("</")?;
        let (end, after) = after.split_once('>')?;
        if end.trim() != name || content.len() > MOST || content.contains(['<', '&']) {
            return None;
        }
        texts.push(content.trim().to_owned());
        rest = after;
    }
}

/// A start tag: its name, what follows, and whether it is an end tag too. Attributes are passed over.
fn start_tag(text: &str) -> Option<(&str, &str, bool)> {
    let (tag, rest) = text.strip_prefix('<')?.split_once('>')?;
    let closed = tag.ends_with('/');
    let name = tag.trim_end_matches('/').split_whitespace().next()?;
    let is_name = |name: &str| {
        name.len() <= MOST
            && name.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
            && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ':'))
    };
    is_name(name).then_some((name, rest, closed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_both_forms() {
        let expected = Some(vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(of_json(br#"{"x": ["1", "2"], "y": 3}"#, "x"), expected);
        for body in [
            "<l><x>1</x><x> 2 </x></l>",
            "\u{feff}<?xml version=\"1.0\"?>\n<n:l xmlns:n=\"a\">\n <n:x>1</n:x>\n <n:x>2</n:x>\n</n:l>\n",
        ] {
            assert_eq!(of_xml(body.as_bytes(), "x"), expected, "{body}");
        }
        assert_eq!(of_xml(b"<l/>", "x"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_list_of_texts_is_refused() {
        for body in [r#"{"x": [1]}"#, r#"{"y": []}"#, "[]", r#"{"x": "1"}"#, "{"] {
            assert_eq!(of_json(body.as_bytes(), "x"), None, "{body}");
        }
        for body in [
            "",
            "text",
            "<l><x>1</x>",
            "<l><y>1</y></l>",
            "<l><x>1</y></l>",
            "<l><x><b>1</b></x></l>",
            "<l><x>&e;</x></l>",
            "<!DOCTYPE l [<!ENTITY e \"1\">]><l><x>1</x></l>",
            "<l><x>1</x></l><l/>",
            "<l><x>1</x></m>",
            "<l><x/></l>",
        ] {
            assert_eq!(of_xml(body.as_bytes(), "x"), None, "{body}");
        }
    }
}
