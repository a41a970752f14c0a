//! Values as XML: the same types that make the JSON of an answer.
//!
//! Structs and maps become elements with their fields as children in order, lists become repeated elements without a
//! wrapper, what is absent is left out. There are no attributes but the namespace of the root.

use std::fmt::{Display, Write};

use serde::Serialize;
use serde::ser::{self, Serializer};

/// What cannot be written: something other than an element at the root, or a key that is no name.
#[derive(Debug, thiserror::Error)]
#[error("not writable as XML: {0}")]
pub struct NotXml(String);

impl ser::Error for NotXml {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A document with the element `root` in `namespace` around `value`, which is a struct or a map.
///
/// # Errors
/// When a key within `value` is no text.
pub fn document(root: &str, namespace: &str, value: &impl Serialize) -> Result<String, NotXml> {
    let mut out = String::with_capacity(4_096);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let opening = format!("{root} xmlns=\"{namespace}\"");
    value.serialize(Element { out: &mut out, opening: &opening, name: root })?;
    Ok(out)
}

/// `value` as the element `name`, without a declaration or a namespace of its own.
///
/// # Errors
/// When a key within `value` is no text.
pub fn element(name: &str, value: &impl Serialize) -> Result<String, NotXml> {
    let mut out = String::new();
    value.serialize(Element { out: &mut out, opening: name, name })?;
    Ok(out)
}

/// `text` with what has a meaning in XML written otherwise, and without what XML 1.0 cannot hold.
pub fn escape(out: &mut String, text: &str) {
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => out.push(sign),
        }
    }
}

/// One element in the making: its name, and what stands in its start tag.
struct Element<'a> {
    out: &'a mut String,
    opening: &'a str,
    name: &'a str,
}

impl<'a> Element<'a> {
    fn text(self, text: &dyn Display) -> Result<(), NotXml> {
        let _ = write!(self.out, "<{}>", self.opening);
        let mut plain = String::new();
        let _ = write!(plain, "{text}");
        escape(self.out, &plain);
        let _ = write!(self.out, "</{}>", self.name);
        Ok(())
    }

    fn begin(self) -> Children<'a> {
        let _ = write!(self.out, "<{}>", self.opening);
        Children { out: self.out, close: Some(self.name.to_owned()), outer: None, key: None }
    }

    /// The element around one of a variant's name.
    fn begin_within(self, variant: &str) -> Children<'a> {
        let _ = write!(self.out, "<{}><{variant}>", self.opening);
        Children { out: self.out, close: Some(variant.to_owned()), outer: Some(self.name.to_owned()), key: None }
    }
}

/// The children of an element.
struct Children<'a> {
    out: &'a mut String,
    close: Option<String>,
    outer: Option<String>,
    key: Option<String>,
}

impl Children<'_> {
    fn child<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NotXml> {
        value.serialize(Element { out: self.out, opening: name, name })
    }

    fn finish(self) {
        for name in self.close.into_iter().chain(self.outer) {
            let _ = write!(self.out, "</{name}>");
        }
    }
}

/// A list: each item is an element of the same name.
struct Items<'a> {
    out: &'a mut String,
    opening: &'a str,
    name: &'a str,
}

macro_rules! texts {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), NotXml> { self.text(&value) })*
    };
}

impl<'a> Serializer for Element<'a> {
    type Ok = ();
    type Error = NotXml;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Children<'a>;
    type SerializeStruct = Children<'a>;
    type SerializeStructVariant = Children<'a>;

    texts! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str,
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NotXml> {
        Err(NotXml("bytes".to_owned()))
    }

    fn serialize_none(self) -> Result<(), NotXml> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotXml> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotXml> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotXml> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NotXml> {
        self.text(&variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), NotXml> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotXml> {
        let mut children = self.begin();
        children.child(variant, value)?;
        children.finish();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, NotXml> {
        Ok(Items { out: self.out, opening: self.opening, name: self.name })
    }

    fn serialize_tuple(self, len: usize) -> Result<Items<'a>, NotXml> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items<'a>, NotXml> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Items<'a>, NotXml> {
        self.serialize_seq(Some(len))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Children<'a>, NotXml> {
        Ok(self.begin())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Children<'a>, NotXml> {
        Ok(self.begin())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Children<'a>, NotXml> {
        Ok(self.begin_within(variant))
    }
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotXml> {
        value.serialize(Element { out: self.out, opening: self.opening, name: self.name })
    }
}

macro_rules! items {
    ($($trait:ident, $method:ident;)*) => {
        $(impl ser::$trait for Items<'_> {
            type Ok = ();
            type Error = NotXml;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotXml> {
                self.item(value)
            }

            fn end(self) -> Result<(), NotXml> {
                Ok(())
            }
        })*
    };
}

items! {
    SerializeSeq, serialize_element;
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

macro_rules! fields {
    ($($trait:ident;)*) => {
        $(impl ser::$trait for Children<'_> {
            type Ok = ();
            type Error = NotXml;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NotXml> {
                self.child(key, value)
            }

            fn end(self) -> Result<(), NotXml> {
                self.finish();
                Ok(())
            }
        })*
    };
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for Children<'_> {
    type Ok = ();
    type Error = NotXml;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotXml> {
        // A key is written as an element would be, and read off again.
        let mut written = String::new();
        key.serialize(Element { out: &mut written, opening: "k", name: "k" })?;
        let name = written.strip_prefix("<k>").and_then(|rest| rest.strip_suffix("</k>"));
        let is_name = |name: &&str| name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'));
        self.key = name.filter(is_name).map(str::to_owned);
        if self.key.is_some() { Ok(()) } else { Err(NotXml("a key that is no name".to_owned())) }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotXml> {
        let key = self.key.take().ok_or_else(|| NotXml("a value without a key".to_owned()))?;
        self.child(&key, value)
    }

    fn end(self) -> Result<(), NotXml> {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Hus {
        gate: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bokstav: Option<char>,
        rom: Vec<Rom>,
        #[serde(flatten)]
        eier: Eier,
    }

    #[derive(Serialize)]
    struct Rom {
        nummer: u8,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Eier {
        Person { navn: &'static str },
    }

    #[test]
    fn lists_repeat_the_element_and_signs_are_escaped() {
        let house = Hus {
            gate: "A & <B>\u{1}",
            bokstav: None,
            rom: vec![Rom { nummer: 1 }, Rom { nummer: 2 }],
            eier: Eier::Person { navn: "Åse \"X\"" },
        };
        assert_eq!(
            document("hus", "urn:test", &house).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hus xmlns=\"urn:test\"><gate>A &amp; &lt;B&gt;</gate>\
             <rom><nummer>1</nummer></rom><rom><nummer>2</nummer></rom>\
             <person><navn>Åse &quot;X&quot;</navn></person></hus>"
        );
        assert_eq!(element("tom", &Option::<u8>::None).unwrap(), "");
        let odd = std::collections::BTreeMap::from([("to ord", 1)]);
        assert!(element("x", &odd).is_err());
    }
}
