//! Inputs that are compiled again and again, each time with other pods that no file holds.
//!
//! Must not know why, and must not complain: what is wrong was said when they were checked.

use ztc_bundle::{BundleFile, EncodeError};
use ztc_diag::{Sink, Sources};
use ztc_lower::LowerOptions;
use ztc_policy::AnalyseOptions;
use ztc_syntax::Object;

use super::{Read, lowered, read};
use crate::{inputs::Inputs, made_up::MadeUp};

/// Inputs, read once.
pub(crate) struct Again {
    sources: Sources,
    objects: Vec<Object>,
    options: AnalyseOptions,
}

impl Again {
    /// Reads the inputs.
    pub(crate) fn new(inputs: Inputs, options: AnalyseOptions) -> Self {
        let Read { objects, .. } = read(&inputs, &mut Sink::new());
        Self {
            sources: inputs.sources,
            objects,
            options,
        }
    }

    /// Compiles them with the pods that a flag asks for; `None` when there are too many.
    pub(crate) fn compile_with(
        &mut self,
        flag: &str,
        made_up: impl Iterator<Item = MadeUp>,
    ) -> Result<Option<BundleFile>, EncodeError> {
        let n_objects = self.objects.len();
        let pods = made_up.map(|one| one.object(flag, &mut self.sources));
        self.objects.extend(pods);
        let analysis = ztc_policy::analyse(&self.objects, &self.options, &mut Sink::new());
        self.objects.truncate(n_objects);
        lowered(
            &analysis,
            &self.sources,
            &LowerOptions::default(),
            &mut Sink::new(),
        )
    }
}
