//! Which workload a pod belongs to: the name that people know it by.

use ztc_syntax::WorkloadKind;

use super::Endpoint;

/// The label that a Deployment gives the pods of each of its ReplicaSets.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// When a CronJob can have run, in minutes since 1970: from 2015 on.
const RUNS: std::ops::Range<u64> = 24_000_000..100_000_000;

impl Endpoint {
    /// `namespace/Kind/name` of what runs it: of a template itself; of a pod its controller. The
    /// Deployment stands for the ReplicaSets that it makes and the CronJob for its Jobs. A pod that
    /// nothing controls, and one that a node runs by itself, is its own workload and called
    /// `namespace/name`.
    pub fn workload(&self) -> String {
        let Some((kind, name)) = &self.owner else {
            return self.name.clone();
        };
        let namespace = &self.namespace;
        match (self.kind, kind.as_str()) {
            (WorkloadKind::Pod, "Node") => return self.name.clone(),
            (WorkloadKind::Pod, _) => {}
            (WorkloadKind::ReplicaSet, "Deployment") | (WorkloadKind::Job, "CronJob") => {
                return format!("{namespace}/{kind}/{name}");
            }
            _ => return self.name.clone(),
        }
        if let Some(deployment) = self.deployment_of(kind, name) {
            format!("{namespace}/Deployment/{deployment}")
        } else if let Some(cron_job) = cron_job_of(kind, name) {
            format!("{namespace}/CronJob/{cron_job}")
        } else {
            format!("{namespace}/{kind}/{name}")
        }
    }

    /// The Deployment that made a ReplicaSet: its name goes before the hash of the template, which
    /// the pods have as a label.
    fn deployment_of<'a>(&self, kind: &str, name: &'a str) -> Option<&'a str> {
        let hash = self.labels.iter().find(|(key, _)| key == TEMPLATE_HASH);
        let (_, hash) = hash.filter(|(_, hash)| kind == "ReplicaSet" && !hash.is_empty())?;
        let deployment = name.strip_suffix(hash.as_str())?.strip_suffix('-')?;
        (!deployment.is_empty()).then_some(deployment)
    }
}

/// The CronJob that made a Job: its name goes before the time of the run, in minutes since 1970
/// (`getJobName` of Kubernetes' controller). A day such as 20261123 is no such time.
fn cron_job_of<'a>(kind: &str, name: &'a str) -> Option<&'a str> {
    let (cron_job, time) = name.rsplit_once('-').filter(|_| kind == "Job")?;
    let is_time = time.parse().is_ok_and(|time| RUNS.contains(&time));
    (is_time && !cron_job.is_empty()).then_some(cron_job)
}

#[cfg(test)]
mod tests {
    use ztc_diag::{Sink, Sources};

    use crate::{AnalyseOptions, Cluster};

    /// Endpoints and their workloads.
    fn workloads(text: &str) -> Vec<(String, String)> {
        let mut sources = Sources::new();
        sources.add("w.yaml".into(), "w.yaml".into(), text.into());
        let mut sink = Sink::new();
        let parsed = ztc_syntax::parse(&sources, &mut sink);
        let cluster = Cluster::new(&parsed.objects, &AnalyseOptions::default(), &mut sink);
        assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
        let endpoints = cluster.endpoints.iter();
        let endpoints = endpoints.map(|endpoint| (endpoint.name.clone(), endpoint.workload()));
        endpoints.collect()
    }

    /// A pod with an owner and labels.
    fn pod(labels: &str, owners: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: shop\n  \
             labels: {{ {labels} }}\n  ownerReferences: [{owners}]\n\
             spec: {{ containers: [{{ name: c }}] }}\n---\n"
        )
    }

    #[track_caller]
    fn check(labels: &str, owner: &str, expected: &str) {
        let (kind, name) = owner.split_once(' ').expect("an owner is two words");
        let owner = format!("{{ controller: true, kind: {kind}, name: {name} }}");
        let found = workloads(&pod(labels, &owner));
        assert_eq!(found, [("shop/p".to_owned(), expected.to_owned())]);
    }

    #[test]
    fn a_pod_belongs_to_its_controller_and_to_the_deployment_behind_it() {
        let hash = "app: web, pod-template-hash: 5d4f";
        check(hash, "ReplicaSet web-5d4f", "shop/Deployment/web");
        check(hash, "ReplicaSet web-5d4f-5d4f", "shop/Deployment/web-5d4f");
        check(hash, "ReplicaSet web-9999", "shop/ReplicaSet/web-9999");
        check(hash, "ReplicaSet web5d4f", "shop/ReplicaSet/web5d4f");
        check(hash, "StatefulSet web-5d4f", "shop/StatefulSet/web-5d4f");
        check(
            "app: web",
            "ReplicaSet web-5d4f",
            "shop/ReplicaSet/web-5d4f",
        );
        check("app: web", "Job backup-28391", "shop/Job/backup-28391");
        check("app: web", "Job backup-29381234", "shop/CronJob/backup");
        check("app: web", "Job load-20261123", "shop/Job/load-20261123");
        check("app: web", "Rollout web", "shop/Rollout/web");
        check("app: web", "Node node-a", "shop/p");
    }

    #[test]
    fn what_nothing_controls_is_its_own_workload() {
        let alone = vec![("shop/p".to_owned(), "shop/p".to_owned())];
        assert_eq!(workloads(&pod("app: web", "")), alone);
        let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: \
                        shop, ownerReferences: [{ controller: true, kind: App, name: a }] }\n\
                        spec: { template: { metadata: { labels: { app: web } }, \
                        spec: { containers: [{ name: c }] } } }\n";
        let name = "shop/Deployment/web".to_owned();
        assert_eq!(workloads(template), [(name.clone(), name)]);
    }

    #[test]
    fn what_another_template_of_the_input_makes_is_not_one_more_workload() {
        let template = |kind: &str, name: &str, owner: &str| {
            format!(
                "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: {name}, namespace: shop, \
                 ownerReferences: [{owner}] }}\nspec: {{ template: {{ metadata: {{ labels: {{ \
                 app: web }} }}, spec: {{ containers: [{{ name: c }}] }} }} }}\n---\n"
            )
        };
        let owner = "{ controller: true, kind: Deployment, name: web }";
        let old = template("ReplicaSet", "web-1", owner);
        let new = template("ReplicaSet", "web-2", owner);
        let deployment = template("Deployment", "web", "");
        let names = |text: &str| -> Vec<String> {
            let found = workloads(text).into_iter();
            found.map(|(name, _)| name).collect()
        };
        let all = format!("{old}{deployment}{new}");
        assert_eq!(names(&all), ["shop/Deployment/web"]);
        // Without it, its name is what they go by.
        let name = |name: &str| format!("shop/{name}");
        let found = [(name("ReplicaSet/web-1"), name("Deployment/web"))];
        assert_eq!(workloads(&old), found);
    }

    #[test]
    fn an_owner_is_known_from_whichever_document_names_it() {
        let owned = |name| format!("{{ controller: true, kind: StatefulSet, name: {name} }}");
        let [a, b] = ["a", "b"].map(|name| pod("app: web", &owned(name)));
        let none = pod("app: web", "");
        for (text, workload) in [
            (format!("{none}{a}"), "shop/StatefulSet/a"),
            (format!("{a}{none}"), "shop/StatefulSet/a"),
            (format!("{b}{a}"), "shop/StatefulSet/a"),
            (format!("{a}{b}"), "shop/StatefulSet/a"),
        ] {
            let expected = [("shop/p".to_owned(), workload.to_owned())];
            assert_eq!(workloads(&text), expected);
        }
    }
}
