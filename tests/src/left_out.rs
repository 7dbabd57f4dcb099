//! What `--keep-going` leaves out is said in everything that a reviewer or a program reads.
//!
//! Must not know why an object is refused.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    console::{root, ztc},
    scratch::Scratch,
};

const REFUSED: &str = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                       metadata: {name: refused, namespace: default}\n\
                       spec: {endpointSelector: {}, unknownField: true, ingress: [{}]}\n";

/// The first example and a policy that is refused, in a directory that goes away with the test.
struct Directory(Scratch);

impl Directory {
    fn new(name: &str) -> Self {
        let directory = Self(Scratch::new(name));
        let example = root().join("examples/01-frontend-backend");
        for file in ["workloads.yaml", "policies/allow-frontend-to-backend.yaml"] {
            let name = Path::new(file).file_name().expect("a file");
            let to = directory.0.path().join(name);
            fs::copy(example.join(file), to).expect("the example is there");
        }
        directory.0.write("refused.yaml", REFUSED);
        directory
    }

    /// Standard output of a command in the directory.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(ztc())
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{err}");
        String::from_utf8(output.stdout).expect("it is text")
    }
}

#[test]
fn a_difference_says_what_it_lacks_and_of_which_side() {
    let directory = Directory::new("diff-left-out");
    let example = root().join("examples/01-frontend-backend");
    let example = example.to_str().expect("it is text");
    let diff = |format: &str, sides: [&str; 2]| {
        let arguments = ["diff", "--keep-going", "--format", format];
        directory.run(&[arguments.as_slice(), &sides].concat())
    };
    let note = "1 object is left out because of errors: CiliumNetworkPolicy default/refused \
                (refused.yaml:2)";
    let after = diff("text", [example, "."]);
    assert!(
        after.contains(&format!("\nnote: after: {note}\n")),
        "{after}"
    );
    let before = diff("text", [".", example]);
    assert!(
        before.contains(&format!("\nnote: before: {note}\n")),
        "{before}"
    );
    let page = diff("markdown", [example, "."]);
    let headline = "### Network policy: no difference, without 1 object with errors\n";
    assert!(page.starts_with(headline), "{page}");
    let open = "<details open><summary>Notes</summary>\n\n- after: 1 object is left out";
    assert!(page.contains(open), "{page}");
    for (side, sides) in [("new", [example, "."]), ("old", [".", example])] {
        let found: Value = serde_json::from_str(&diff("json", sides)).expect("it is JSON");
        let left_out = json!([{
            "side": side, "kind": "CiliumNetworkPolicy", "namespace": "default",
            "name": "refused", "file": "refused.yaml", "line": 2,
        }]);
        assert_eq!(found["left_out"], left_out);
    }
    let same: Value = serde_json::from_str(&diff("json", [example, example])).expect("it is JSON");
    assert_eq!(same.get("left_out"), None);
}

#[test]
fn a_report_of_assertions_says_what_they_do_not_hold_of() {
    let directory = Directory::new("test-left-out");
    let assertions = "apiVersion: ztc.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: first}\n\
                      spec:\n  assertions:\n  - allow:\n      from: default/frontend\n      \
                      to: default/backend\n      ports: [8080/TCP]\n";
    directory.0.write("test.yaml", assertions);
    let test = |format: &str| directory.run(&["test", "--keep-going", "--format", format]);
    let found: Value = serde_json::from_str(&test("json")).expect("it is JSON");
    let left_out = json!([{
        "kind": "CiliumNetworkPolicy", "namespace": "default", "name": "refused",
        "file": "refused.yaml", "line": 2,
    }]);
    assert_eq!(found["left_out"], left_out);
    let note = "1 object is left out because of errors: CiliumNetworkPolicy default/refused \
                (refused.yaml:2)";
    assert_eq!(found["notes"], json!([note]));
    let suite = test("junit");
    let property = "    <properties>\n      <property name=\"left out\" \
                    value=\"CiliumNetworkPolicy default/refused (refused.yaml:2)\"/>\n    \
                    </properties>\n    <testcase ";
    assert!(suite.contains(property), "{suite}");
    fs::remove_file(directory.0.join("refused.yaml")).expect("it is there");
    assert!(!test("junit").contains("<properties>"));
}
