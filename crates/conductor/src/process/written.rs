//! Reads rules and guards in the browser as the server wrote them: their own keys, then the condition's kind, then what
//! belongs to that kind. In this order nothing has to be kept until the kind is known, and the browser need not load the
//! code that would keep it.

use super::{Guard, Mode, Rule};
use crate::app::StoreKind;
use crate::condition::Condition;
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer, MapAccess,
    VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt;

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Whole).map(|it| it.rule)
    }
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Whole)
    }
}

/// Both, with what only a guard has at its defaults.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Guard;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Guard, A::Error> {
        let (mut id, mut title, mut owner) = (String::new(), None, None);
        let (mut max_age_minutes, mut only_at) = (0, Vec::<StoreKind>::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => id = map.next_value()?,
                "title" => title = map.next_value()?,
                "owner" => owner = map.next_value()?,
                "max_age_minutes" => max_age_minutes = map.next_value()?,
                "only_at" => only_at = map.next_value()?,
                "kind" => {
                    let kind: String = map.next_value()?;
                    let mut rest = Rest { map, mode: Mode::Auto, unmet: 1, of_last: 1 };
                    let condition = Condition::deserialize(Kind { kind, rest: &mut rest })?;
                    let Rest { mode, unmet, of_last, .. } = rest;
                    let rule = Rule { id, title, owner, max_age_minutes, only_at, condition };
                    return Ok(Guard { rule, mode, unmet, of_last });
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Err(A::Error::missing_field("kind"))
    }
}

/// What follows the kind: the condition's keys, and a guard's own among them.
struct Rest<A> {
    map: A,
    mode: Mode,
    unmet: u8,
    of_last: u8,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for &mut Rest<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            match key.as_str() {
                "mode" => self.mode = self.map.next_value()?,
                "unmet" => self.unmet = self.map.next_value()?,
                "of_last" => self.of_last = self.map.next_value()?,
                _ => return seed.deserialize(key.into_deserializer()).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A condition's kind, with what belongs to it.
struct Kind<'r, A> {
    kind: String,
    rest: &'r mut Rest<A>,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Kind<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, 'r, A: MapAccess<'de>> EnumAccess<'de> for Kind<'r, A> {
    type Error = A::Error;
    type Variant = &'r mut Rest<A>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        let kind: StringDeserializer<A::Error> = self.kind.into_deserializer();
        Ok((seed.deserialize(kind)?, self.rest))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for &mut Rest<A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        while (&mut self).next_key::<String>()?.is_some() {
            (&mut self).next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, A::Error> {
        Err(A::Error::custom("no condition is such"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("no condition is such"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }
}
