//! Reads YAML with a library that ztc does not use.

use serde_json::Value;

/// All documents of a text.
pub(crate) fn read(text: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).expect("YAML");
    documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect()
}

#[test]
fn what_is_written_reads_the_same() {
    let value = serde_json::json!({
        "a": [1, {"b": {}, "c": []}, [["x"], "y"]],
        "yes": "no",
        "port": "80",
        "k8s:io.kubernetes.pod.namespace": "",
        "nothing": null,
        "flag": true,
        "text": "two\nlines \"quoted\"",
    });
    assert_eq!(
        read(&crate::yaml_text::write([&value, &value])),
        [value.clone(), value]
    );
}
