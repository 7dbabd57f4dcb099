//! Typed reads from the tree: each either gives the value or says what is wrong with it.
//!
//! Must not know any kind.

use ztc_diag::{Diagnostic, Level, Sink, Spanned};

use crate::errors;
use crate::object::List;
use crate::scalar::Resolved;
use crate::tree::{Entry, Mapping, Node, Place, Scalar, Sequence, Shape};

/// Collects what is wrong with the objects of one document.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) sink: Sink,
    n_errors: usize,
}

impl Reader {
    /// How many errors there are so far: an object that added some is not produced.
    pub(crate) fn n_errors(&self) -> usize {
        self.n_errors
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.n_errors += usize::from(diagnostic.level == Level::Error);
        self.sink.push(diagnostic);
    }

    pub(crate) fn mapping<'d>(&mut self, node: Node<'d>, what: &str) -> Option<Mapping<'d>> {
        match node.shape() {
            Shape::Mapping(mapping) => Some(mapping),
            shape => self.wrong_shape(node, what, "a mapping", shape),
        }
    }

    pub(crate) fn sequence<'d>(&mut self, node: Node<'d>, what: &str) -> Option<Sequence<'d>> {
        match node.shape() {
            Shape::Sequence(sequence) => Some(sequence),
            shape => self.wrong_shape(node, what, "a list", shape),
        }
    }

    pub(crate) fn scalar<'d>(
        &mut self,
        node: Node<'d>,
        what: &str,
        expected: &str,
    ) -> Option<&'d Scalar<'d>> {
        match node.shape() {
            Shape::Scalar(scalar) => Some(scalar),
            Shape::Null => {
                let text = node.text();
                let diagnostic = errors::object::wrong_scalar(
                    node.place(),
                    what,
                    expected,
                    text,
                    Resolved::Null,
                );
                self.report(diagnostic);
                None
            }
            shape => self.wrong_shape(node, what, expected, shape),
        }
    }

    pub(crate) fn text<'d>(&mut self, node: Node<'d>, what: &str) -> Option<&'d str> {
        let scalar = self.scalar(node, what, "a string")?;
        match scalar.resolved() {
            Resolved::String => Some(&scalar.text),
            found => {
                let text = &scalar.text;
                let diagnostic =
                    errors::object::wrong_scalar(node.place(), what, "a string", text, found);
                self.report(diagnostic);
                None
            }
        }
    }

    pub(crate) fn string(&mut self, node: Node<'_>, what: &str) -> Option<Spanned<String>> {
        let text = self.text(node, what)?;
        Some(Spanned::new(text.to_owned(), node.span()))
    }

    pub(crate) fn bool(&mut self, node: Node<'_>, what: &str) -> Option<Spanned<bool>> {
        const EXPECTED: &str = "true or false";
        let scalar = self.scalar(node, what, EXPECTED)?;
        match scalar.resolved() {
            Resolved::Bool(value) => Some(Spanned::new(value, node.span())),
            found => {
                let text = &scalar.text;
                let diagnostic =
                    errors::object::wrong_scalar(node.place(), what, EXPECTED, text, found);
                self.report(diagnostic);
                None
            }
        }
    }

    /// A decimal integer from `least` to `greatest`.
    pub(crate) fn integer(
        &mut self,
        node: Node<'_>,
        what: &str,
        least: i64,
        greatest: i64,
    ) -> Option<Spanned<i64>> {
        let scalar = self.scalar(node, what, "an integer")?;
        let diagnostic = match scalar.resolved() {
            Resolved::Integer(Some(value)) if (least..=greatest).contains(&value) => {
                return Some(Spanned::new(value, node.span()));
            }
            Resolved::Integer(None) if scalar.text.starts_with('0') => {
                errors::object::not_decimal(node.place(), what, &scalar.text)
            }
            Resolved::Integer(_) => {
                errors::object::out_of_range(node.place(), what, least, greatest)
            }
            found => {
                let text = &scalar.text;
                errors::object::wrong_scalar(node.place(), what, "an integer", text, found)
            }
        };
        self.report(diagnostic);
        None
    }

    /// A port number that is not 0.
    pub(crate) fn port_number(&mut self, node: Node<'_>, what: &str) -> Option<Spanned<u16>> {
        let port = self.integer(node, what, 1, 65535)?;
        Some(port.map(|port| u16::try_from(port).unwrap_or(u16::MAX)))
    }

    /// The value of a field that must be there.
    pub(crate) fn required<'d>(
        &mut self,
        mapping: Mapping<'d>,
        holder: &str,
        field: &str,
    ) -> Option<Node<'d>> {
        let found = mapping.get(field);
        if found.is_none() {
            // A field that is there with null is the better place to point at.
            let at = mapping
                .key(field)
                .map_or_else(|| mapping.node().place().at_start(), |key| key.place());
            self.report(errors::object::missing_field(at, holder, field));
        }
        found
    }

    /// A list that may be absent; `read` gives `None` for an element it has reported.
    pub(crate) fn list<'d, T>(
        &mut self,
        mapping: Mapping<'d>,
        field: &str,
        mut read: impl FnMut(&mut Self, Node<'d>) -> Option<T>,
    ) -> List<T> {
        let node = mapping.get(field)?;
        let sequence = self.sequence(node, field)?;
        let mut elements = Vec::with_capacity(sequence.len());
        for element in sequence.iter() {
            elements.extend(read(self, element));
        }
        Some(Spanned::new(elements, node.span()))
    }

    /// Reports every field that is not among the known ones, unless `refuse` has a better word.
    pub(crate) fn only<'d>(
        &mut self,
        mapping: Mapping<'d>,
        holder: &str,
        known: &[&str],
        refuse: impl Fn(&Field<'d>) -> Option<Diagnostic>,
    ) {
        for entry in mapping.iter() {
            let name = entry.key.text();
            if known.contains(&name) {
                continue;
            }
            let field = Field {
                name,
                key: entry.key,
            };
            let diagnostic = match refuse(&field) {
                // Null is absent, for a field that exists.
                Some(_) if entry.value.is_null() => continue,
                Some(diagnostic) => diagnostic,
                None => errors::object::unknown_field(entry.key.place(), holder, name, known),
            };
            self.report(diagnostic);
        }
    }

    /// The text of a field; an empty one counts as absent, as it does for Go.
    pub(crate) fn optional_string(
        &mut self,
        mapping: Mapping<'_>,
        field: &str,
    ) -> Option<Spanned<String>> {
        let string = self.string(mapping.get(field)?, field)?;
        (!string.value.is_empty()).then_some(string)
    }

    /// The text of a field that must be there and not be empty.
    pub(crate) fn required_string(
        &mut self,
        mapping: Mapping<'_>,
        holder: &str,
        field: &str,
    ) -> Option<Spanned<String>> {
        let node = self.required(mapping, holder, field)?;
        let string = self.string(node, field)?;
        if string.value.is_empty() {
            self.report(errors::object::missing_field(node.place(), holder, field));
            return None;
        }
        Some(string)
    }

    /// The one entry among fields that exclude each other, of which one must be there. `message` is
    /// told what is there beside the first one, if anything.
    pub(crate) fn exactly_one<'d>(
        &mut self,
        mapping: Mapping<'d>,
        fields: &[&str],
        message: impl Fn(Place, Option<Other<'d>>) -> Diagnostic,
    ) -> Option<Entry<'d>> {
        let mut entries = mapping.among(fields).into_iter();
        let Some(first) = entries.next() else {
            self.report(message(mapping.node().place().at_start(), None));
            return None;
        };
        let mut is_alone = true;
        for second in entries {
            is_alone = false;
            let other = Other {
                second: second.key.text(),
                first: first.key,
            };
            self.report(message(second.key.place(), Some(other)));
        }
        is_alone.then_some(first)
    }

    fn wrong_shape<T>(
        &mut self,
        node: Node<'_>,
        what: &str,
        expected: &str,
        found: Shape<'_>,
    ) -> Option<T> {
        let found = noun(found);
        let diagnostic = errors::object::wrong_type(node.place(), what, expected, found);
        self.report(diagnostic.help(format!("write {expected} here, or remove the field")));
        None
    }
}

/// Two fields that exclude each other.
#[derive(Clone, Copy)]
pub(crate) struct Other<'d> {
    /// The name of the one that is reported.
    pub(crate) second: &'d str,
    /// The one that was there before.
    pub(crate) first: Node<'d>,
}

/// A field that is not among the known ones.
pub(crate) struct Field<'d> {
    pub(crate) name: &'d str,
    pub(crate) key: Node<'d>,
}

/// For kinds that have no fields ztc refuses.
pub(crate) fn nothing_else(_: &Field<'_>) -> Option<Diagnostic> {
    None
}

/// What a node is, as a message names it.
pub(crate) fn noun(shape: Shape<'_>) -> &'static str {
    match shape {
        Shape::Null => "null",
        Shape::Scalar(scalar) => scalar.resolved().noun(),
        Shape::Sequence(_) => "a list",
        Shape::Mapping(_) => "a mapping",
    }
}
