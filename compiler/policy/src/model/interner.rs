//! Equal values, equal numbers, in an order that does not depend on the order of files.

use rustc_hash::FxHashMap;

/// Gives equal values equal numbers.
pub(super) struct Interner<T> {
    ids: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            ids: FxHashMap::default(),
        }
    }
}

impl<T: Ord + std::hash::Hash> Interner<T> {
    /// The number of a value.
    pub(super) fn intern(&mut self, value: T) -> u32 {
        let next = number(self.ids.len());
        *self.ids.entry(value).or_insert(next)
    }

    /// The values sorted, and for each old number the new one.
    pub(super) fn sorted(self) -> (Vec<T>, Vec<u32>) {
        let mut values: Vec<(T, u32)> = self.ids.into_iter().collect();
        values.sort();
        let mut new_ids = vec![0; values.len()];
        for (new, (_, old)) in (0u32..).zip(&values) {
            if let Some(slot) = new_ids.get_mut(*old as usize) {
                *slot = new;
            }
        }
        (
            values.into_iter().map(|(value, _)| value).collect(),
            new_ids,
        )
    }
}

/// A count as a number of this model. Inputs are bounded far below `u32::MAX` (a file has at most
/// 256 MiB), so the saturation is never reached.
pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
