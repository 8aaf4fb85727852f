//! The reader. It never panics: what is cut, too deep or not JSON is an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The deepest nesting that is read; deeper than anything of ours, and far from the end of the stack.
const DEEPEST: u8 = 100;

/// The text is not what was expected: it was cut, or another version of the program wrote it.
///
/// It says no more, and so has no size. The many ways in which reading can end early are a quarter of what reading costs
/// the browser if each carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the server said cannot be read; it may be of another version, so reload the page")]
pub struct NotJson;

/// Serde's own words for each kind of mistake would bring along how to write every kind of value.
impl de::Error for NotJson {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }
    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// Reads a whole text as one value.
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, NotJson> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(NotJson),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

enum Number {
    Whole(u64),
    Negative(i64),
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space; it is not taken.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blank = rest.iter().take_while(|it| matches!(it, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.at += blank;
        rest.get(blank).copied()
    }

    fn took(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn take(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.took(byte) { Ok(()) } else { Err(NotJson) }
    }

    fn took_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn open(&mut self, byte: u8) -> Result<(), NotJson> {
        self.take(byte)?;
        self.depth += 1;
        if self.depth > DEEPEST { Err(NotJson) } else { Ok(()) }
    }

    fn close(&mut self, byte: u8) -> Result<(), NotJson> {
        self.depth = self.depth.saturating_sub(1);
        self.take(byte)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.take(b'"')?;
        let mut owned = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ');
            let Some(end) = end else { return Err(NotJson) };
            let plain = rest.get(..end).unwrap_or_default();
            self.at += end;
            match rest.as_bytes().get(end) {
                Some(b'"') => {
                    self.at += 1;
                    if owned.is_empty() {
                        return Ok(Cow::Borrowed(plain));
                    }
                    owned.push_str(plain);
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => {
                    self.at += 1;
                    owned.push_str(plain);
                    owned.push(self.escape()?);
                }
                _ => return Err(NotJson),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let letter = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        Ok(match letter {
            Some(it @ (b'"' | b'\\' | b'/')) => char::from(it),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.unit()?;
                let code = match first {
                    0xd800..=0xdbff if self.took_word("\\u") => {
                        let second = self.unit()?;
                        if !(0xdc00..=0xdfff).contains(&second) {
                            return Err(NotJson);
                        }
                        0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    whole => whole,
                };
                char::from_u32(code).ok_or(NotJson)?
            }
            _ => return Err(NotJson),
        })
    }

    fn unit(&mut self) -> Result<u32, NotJson> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        let unit = digits.and_then(|it| u32::from_str_radix(it, 16).ok());
        self.at += 4;
        unit.ok_or(NotJson)
    }

    /// A whole number: none of ours is anything else, and fractions would bring their tables along. Keys of an object are
    /// text, so a number that is a key stands in quotes.
    fn number(&mut self) -> Result<Number, NotJson> {
        let is_quoted = self.took(b'"');
        let digits = self.digits();
        let number =
            digits.parse().map(Number::Whole).or_else(|_| digits.parse().map(Number::Negative));
        // Rust's numbers may have a plus sign in front, JSON's may not.
        let number = number.ok().filter(|_| !digits.starts_with('+'));
        let number = number.ok_or(NotJson)?;
        self.at += digits.len();
        if is_quoted {
            self.take(b'"')?;
        }
        Ok(number)
    }

    fn digits(&mut self) -> &'a str {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Steps over a value that nobody asked for: a newer server may tell more than is known here.
    fn skip(&mut self) -> Result<(), NotJson> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'[') => {
                self.open(b'[')?;
                let mut is_first = true;
                while self.goes_on(b']', &mut is_first)? {
                    self.skip()?;
                }
                self.close(b']')
            }
            Some(b'{') => {
                self.open(b'{')?;
                self.skip_entries(true)?;
                self.close(b'}')
            }
            _ if ["true", "false", "null"].into_iter().any(|word| self.took_word(word)) => Ok(()),
            _ => {
                let digits = self.digits();
                self.at += digits.len();
                if digits.is_empty() { Err(NotJson) } else { Ok(()) }
            }
        }
    }

    fn skip_entries(&mut self, mut is_first: bool) -> Result<(), NotJson> {
        while self.goes_on(b'}', &mut is_first)? {
            self.string()?;
            self.take(b':')?;
            self.skip()?;
        }
        Ok(())
    }

    /// Whether another item follows; the comma before it is taken.
    fn goes_on(&mut self, end: u8, is_first: &mut bool) -> Result<bool, NotJson> {
        if self.peek() == Some(end) {
            return Ok(false);
        }
        if !std::mem::replace(is_first, false) {
            self.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = NotJson;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        match self.peek() {
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'"') => self.deserialize_str(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => self.deserialize_u64(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        if self.took_word("true") {
            visitor.visit_bool(true)
        } else if self.took_word("false") {
            visitor.visit_bool(false)
        } else {
            Err(NotJson)
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        match self.number()? {
            Number::Whole(it) => visitor.visit_u64(it),
            Number::Negative(it) => visitor.visit_i64(it),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        let text = self.string()?;
        visitor.visit_str(&text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        if self.took_word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        if self.took_word("null") { visitor.visit_unit() } else { Err(NotJson) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.open(b'[')?;
        let value = visitor.visit_seq(Items { reader: self, is_first: true })?;
        self.close(b']')?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.open(b'{')?;
        let value = visitor.visit_map(Items { reader: self, is_first: true })?;
        self.close(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        self.deserialize_map(visitor)
    }

    /// A name; an object whose one key is the name; or, with a tag of whatever name, an object whose first value is.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        if self.peek() == Some(b'"') {
            let name = self.string()?;
            return visitor.visit_enum(StrDeserializer::new(&name));
        }
        self.open(b'{')?;
        let key = self.string()?;
        self.take(b':')?;
        let is_tagged = !names.contains(&&*key);
        let name = if is_tagged { self.string()? } else { key };
        let value = visitor.visit_enum(Variant { reader: self, name, is_tagged })?;
        self.close(b'}')?;
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_str(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_str(visitor)
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        self.deserialize_str(visitor)
    }

    forward_to_deserialize_any! { f32 f64 bytes byte_buf }
}

/// The items of a list, or the entries of an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    is_first: bool,
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_> {
    type Error = NotJson;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, NotJson> {
        if self.reader.goes_on(b']', &mut self.is_first)? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'de> de::MapAccess<'de> for Items<'_, '_> {
    type Error = NotJson;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, NotJson> {
        if self.reader.goes_on(b'}', &mut self.is_first)? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NotJson> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// An enum's name with what belongs to it: the value of its key, or what stands beside its tag.
struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    name: Cow<'a, str>,
    is_tagged: bool,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_> {
    type Error = NotJson;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), NotJson> {
        let name: StrDeserializer<'_, NotJson> = StrDeserializer::new(&self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_> {
    type Error = NotJson;

    fn unit_variant(self) -> Result<(), NotJson> {
        if self.is_tagged {
            return self.reader.skip_entries(false);
        }
        if self.reader.took_word("null") { Ok(()) } else { Err(NotJson) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NotJson> {
        if self.is_tagged {
            return seed.deserialize(Beside(self.reader));
        }
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotJson> {
        self.reader.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotJson> {
        if self.is_tagged {
            return Beside(self.reader).deserialize_any(visitor);
        }
        self.reader.deserialize_map(visitor)
    }
}

/// The entries of an object that stand beside its tag. Who reads it closes the object.
struct Beside<'r, 'a>(&'r mut Reader<'a>);

impl<'de> Deserializer<'de> for Beside<'_, '_> {
    type Error = NotJson;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotJson> {
        visitor.visit_map(Items { reader: self.0, is_first: false })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
