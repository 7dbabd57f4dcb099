//! Ends that nothing is called: labels that some pod of a namespace could have, `shop{app=web}`.
//!
//! Must not judge. The compiler is given a pod with these labels, so its class is exact; a bundle
//! is asked for the class that it would give to one.

use ztc_abi::Peer;
use ztc_bundle::{Bundle, Classifier, flow::End};
use ztc_diag::{Sources, Span, Spanned};
use ztc_identity::PodFacts;
use ztc_syntax::{ContainerPort, Meta, Object, Protocol, Workload, WorkloadKind};

use crate::exit::Failure;

/// The account of a pod that asks for none.
pub(crate) const DEFAULT_ACCOUNT: &str = "default";

/// A pod that does not exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MadeUp {
    /// As it was given.
    text: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Sorted by key.
    labels: Vec<(String, String)>,
    service_account: String,
    ports: Vec<ContainerPort>,
}

/// Text with a brace in it that is no such end.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{text}` is not a namespace with labels: {reason}")]
#[diagnostic(help("write NAMESPACE{{KEY=VALUE,KEY=VALUE}}, or NAMESPACE{{}} for no labels"))]
struct NotLabels {
    text: String,
    reason: String,
}

/// A bundle has no class for these labels.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the bundle has no class for pods like `{text}`")]
#[diagnostic(help(
    "as a peer such a pod is `unclassified`; ask the manifests instead of the bundle to know what \
     applies to it"
))]
struct NoClass {
    text: String,
}

impl MadeUp {
    /// Reads an end; `None` when it is one of another form.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, Failure> {
        let Some((namespace, rest)) = text.split_once('{') else {
            return Ok(None);
        };
        let wrong = |reason: String| {
            let text = text.to_owned();
            Failure::Report(NotLabels { text, reason }.into())
        };
        let is_namespace = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if namespace.is_empty() || !namespace.chars().all(is_namespace) {
            return Err(wrong(format!("`{namespace}` is no name of a namespace")));
        }
        let inner = rest.strip_suffix('}');
        let inner = inner.ok_or_else(|| wrong("it does not end with `}`".into()))?;
        let words = inner.split(',').map(str::trim);
        let mut labels = Vec::new();
        for word in words.filter(|word| !word.is_empty()) {
            let label = label(word).ok_or_else(|| wrong(format!("`{word}` is no label")))?;
            labels.push(label);
        }
        labels.sort();
        if let Some(key) = twice(&labels) {
            return Err(wrong(format!("it has the label `{key}` twice")));
        }
        Ok(Some(Self {
            text: text.into(),
            namespace: namespace.into(),
            labels,
            service_account: DEFAULT_ACCOUNT.into(),
            ports: Vec::new(),
        }))
    }

    /// A pod with these labels, sorted by key, and the account that it asks for.
    pub(crate) fn new(
        namespace: &str,
        labels: Vec<(String, String)>,
        service_account: Option<String>,
    ) -> Self {
        let words = labels.iter().map(|(key, value)| format!("{key}={value}"));
        let words: Vec<String> = words.collect();
        let account = service_account.as_ref();
        let account = account.map_or(String::new(), |account| {
            format!(" with service account {account}")
        });
        Self {
            text: format!("{namespace}{{{}}}{account}", words.join(",")),
            namespace: namespace.into(),
            labels,
            service_account: service_account.unwrap_or_else(|| DEFAULT_ACCOUNT.into()),
            ports: Vec::new(),
        }
    }

    /// The same pod with named ports; only of TCP, UDP and SCTP ports have names.
    pub(crate) fn with_ports<'p>(
        mut self,
        ports: impl Iterator<Item = (&'p str, ztc_abi::Protocol, u16)>,
    ) -> Self {
        for (name, protocol, number) in ports {
            self.text
                .push_str(&format!(" {name}={}:{number}", protocol.name()));
            self.ports.push(ContainerPort {
                name: Some(name.to_owned()),
                number,
                protocol: match protocol {
                    ztc_abi::Protocol::Udp => Protocol::Udp,
                    ztc_abi::Protocol::Sctp => Protocol::Sctp,
                    _ => Protocol::Tcp,
                },
            });
        }
        self
    }

    /// How it is written: `shop{app=web}`, then the account where that is not the default one, and
    /// named ports.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What the compiler calls it: `shop/{app=web}`, a name that no object can have.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.short_name())
    }

    fn short_name(&self) -> &str {
        self.text.get(self.namespace.len()..).unwrap_or_default()
    }

    /// A pod with these labels and ports, without an address or a node. Its place is the flag that
    /// asked for it.
    pub(crate) fn object(&self, flag: &str, sources: &mut Sources) -> Object {
        let source = sources.add(flag.into(), format!("<{flag}>"), self.text.clone());
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let span = Span {
            source,
            start: 0,
            end,
        };
        let short = self.short_name();
        Object::Workload(Workload {
            kind: WorkloadKind::Pod,
            meta: Meta {
                name: Spanned::new(short.into(), span),
                namespace: Some(Spanned::new(self.namespace.clone(), span)),
                labels: self.labels.clone(),
                enforcement: None,
                kind_span: span,
            },
            labels: self.labels.clone(),
            labels_span: span,
            service_account: self.service_account.clone(),
            host_network: false,
            node: None,
            ports: self.ports.clone(),
            addresses: Vec::new(),
            owner: None,
        })
    }

    /// What a bundle takes such a pod for. It knows no labels of namespaces.
    pub(crate) fn end<'a>(&self, bundle: &Bundle<'a>) -> Result<End<'a>, Failure> {
        let facts = PodFacts {
            namespace: &self.namespace,
            namespace_labels: &[],
            labels: &self.labels,
            service_account: &self.service_account,
            cluster: bundle.string(bundle.meta().cluster),
        };
        let class = Classifier::new(bundle).classify(&facts, &[], None);
        if class == Peer::UNCLASSIFIED {
            let text = self.text.clone();
            return Err(Failure::Report(NoClass { text }.into()));
        }
        Ok(End::Pod {
            class: class.0,
            node: "",
            address: None,
        })
    }
}

/// What the compiler calls an end that is only known by its text; else as
/// [`MadeUp::full_name`].
pub(crate) fn full_name(text: &str) -> String {
    text.replacen('{', "/{", 1)
}

/// `key=value`; a key alone has no value.
fn label(word: &str) -> Option<(String, String)> {
    let (key, value) = word.split_once('=').unwrap_or((word, ""));
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_key = |c: char| is_part(c) || c == '/';
    let is_label = !key.is_empty() && key.chars().all(is_key) && value.chars().all(is_part);
    is_label.then(|| (key.into(), value.into()))
}

/// A key that occurs twice in sorted labels.
fn twice(labels: &[(String, String)]) -> Option<&str> {
    let mut pairs = labels.iter().zip(labels.iter().skip(1));
    let equal = pairs.find(|((first, _), (second, _))| first == second);
    equal.map(|((key, _), _)| key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<MadeUp> {
        MadeUp::parse(text).ok().flatten()
    }

    #[test]
    fn labels_of_a_namespace_are_an_end_and_names_are_not() {
        let made_up = parsed("shop{tier=front, app.kubernetes.io/name=web,canary}");
        let made_up = made_up.expect("labels of a namespace");
        assert_eq!(made_up.namespace, "shop");
        let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            made_up.labels,
            [
                label("app.kubernetes.io/name", "web"),
                label("canary", ""),
                label("tier", "front"),
            ]
        );
        assert!(parsed("shop{}").is_some_and(|made_up| made_up.labels.is_empty()));
        assert!(matches!(MadeUp::parse("shop/web"), Ok(None)));
        assert_eq!(full_name("shop{app=web}"), "shop/{app=web}");
    }

    #[test]
    fn what_is_no_label_is_refused() {
        for wrong in [
            "{app=web}",
            "Shop{app=web}",
            "shop{app=web",
            "shop{app=web}x",
            "shop{=web}",
            "shop{app=w b}",
            "shop{app=a,app=b}",
        ] {
            assert!(MadeUp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_made_up_pod_stands_at_its_flag() {
        let made_up = parsed("shop{app=web}").expect("labels of a namespace");
        let mut sources = Sources::new();
        let Object::Workload(pod) = made_up.object("--from", &mut sources) else {
            unreachable!("it makes pods")
        };
        assert_eq!(pod.meta.name.value, "{app=web}");
        assert_eq!(sources.text(pod.labels_span), "shop{app=web}");
    }
}
