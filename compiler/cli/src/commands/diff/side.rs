//! One side of a difference, read and compiled.
//!
//! Must not know the other side.

use ztc_bundle::BundleFile;

use super::{
    operand::{Operand, Revision},
    revision,
};
use crate::{
    args::{ColourChoice, DiffArgs, InputArgs},
    compiled::Compiled,
    config,
    exit::{Failure, Outcome},
    inputs, notes, output,
    pipeline::{Checked, Request},
    report::Refused,
};

/// What is compared.
pub(super) struct Side {
    compiled: Compiled,
    /// What every answer about it depends on.
    pub(super) notes: Vec<String>,
}

impl Side {
    pub(super) fn bundle(&self) -> &BundleFile {
        &self.compiled.bundle
    }

    /// What it was made of; `None` when the bundle was given.
    pub(super) fn checked(&self) -> Option<&Checked> {
        self.compiled.checked.as_ref()
    }

    /// What was refused and is not in it.
    pub(super) fn left_out(&self) -> &[Refused] {
        &self.compiled.left_out
    }
}

/// Reads and compiles one side, or says why there is nothing to compare.
pub(super) fn read(
    text: &str,
    operand: &Operand,
    args: &DiffArgs,
    color: ColourChoice,
) -> Result<Side, Failure> {
    let compiled = match operand {
        Operand::Bundle(path) => Compiled::read(path),
        Operand::Manifests(path) => {
            let is_file = path.is_file();
            let directory = path.parent().filter(|_| is_file).unwrap_or(path);
            let settings = config::settings_near(&args.options, directory, color)?;
            let inputs = InputArgs {
                paths: vec![path.clone()],
                workloads: Vec::new(),
                source_root: None,
            };
            // Where workloads are has no part in what the files of this side are called.
            let beside = [settings.resolution, args.workloads.clone()].concat();
            let inputs = inputs::read(&inputs, &beside)?;
            let request = Request::of(settings.analyse);
            Compiled::of(inputs, request, args.keep_going, color)
        }
        Operand::Revision(revision) => of_revision(revision, args, color),
    };
    if let Err(Failure::Ended(_)) = compiled {
        output::say(&format!(
            "there is no difference to show: see `{text}` above"
        ));
    }
    let compiled = compiled?;
    if compiled.has_no_workloads() {
        output::say(&format!(
            "`{text}` has policies and no workloads, so nothing that they do would show: \
             --workloads adds some to both sides"
        ));
        return Err(Failure::Ended(Outcome::Incomplete));
    }
    Ok(Side {
        notes: notes(&compiled),
        compiled,
    })
}

fn notes(compiled: &Compiled) -> Vec<String> {
    let audited = compiled.bundle.view().audited_policies();
    notes::of(compiled, &format!(": {}", output::few(&audited, 3)))
}

fn of_revision(
    revision: &Revision,
    args: &DiffArgs,
    color: ColourChoice,
) -> Result<Compiled, Failure> {
    let (inputs, settings) = revision::read(revision, args, color)?;
    let request = Request::of(settings.analyse);
    Compiled::of(inputs, request, args.keep_going, color)
}
