//! A section as an array of records, decoded one at a time where they lie.

use std::{cmp::Ordering, fmt, marker::PhantomData};

use ztc_abi::Wire;

/// The records of one section.
pub struct Table<'a, R> {
    bytes: &'a [u8],
    record: PhantomData<fn() -> R>,
}

impl<R> Clone for Table<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Table<'_, R> {}

impl<'a, R: Wire> Table<'a, R> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            record: PhantomData,
        }
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.bytes.len() / R::SIZE
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of all records.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The record at this index, if there is one.
    #[inline]
    pub fn get(&self, index: u32) -> Option<R> {
        let start = (index as usize).checked_mul(R::SIZE)?;
        R::read(self.bytes.get(start..)?)
    }

    /// The records in order.
    pub fn iter(&self) -> impl Iterator<Item = R> + Clone + use<'a, R> {
        self.bytes.chunks_exact(R::SIZE).filter_map(R::read)
    }

    /// `n` records from `first` on; fewer when the table ends before.
    pub fn range(&self, first: u32, n: u32) -> Self {
        let start = (first as usize).saturating_mul(R::SIZE);
        let wanted = (n as usize).saturating_mul(R::SIZE);
        let rest = self.bytes.get(start..).unwrap_or_default();
        Self::new(rest.get(..wanted).unwrap_or(rest))
    }

    /// The index of the first record for which `before` is false, in a table where all records for
    /// which it is true come first.
    pub fn partition_point(&self, before: impl Fn(&R) -> bool) -> u32 {
        let (mut low, mut high) = (0, u32::try_from(self.len()).unwrap_or(u32::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(|record| before(&record)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// A record for which `compare` is equal, in a table that it orders.
    #[inline]
    pub fn find_by(&self, compare: impl Fn(&R) -> Ordering) -> Option<R> {
        let (mut low, mut high) = (0, u32::try_from(self.len()).unwrap_or(u32::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            let record = self.get(middle)?;
            match compare(&record) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(record),
            }
        }
        None
    }

    /// The record with this key, in a table sorted by it.
    #[inline]
    pub fn find<K: Ord>(&self, key: &K, key_of: impl Fn(&R) -> K) -> Option<R> {
        self.find_by(|record| key_of(record).cmp(key))
    }
}

impl<R: Wire + fmt::Debug> fmt::Debug for Table<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SignatureRecord, ValueRecord};

    #[test]
    fn records_are_found_by_index_range_and_key() {
        let bytes = [1, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0];
        let table = Table::<ValueRecord>::new(&bytes);
        assert_eq!((table.len(), table.is_empty()), (3, false));
        assert_eq!(table.get(1), Some(ValueRecord { text: 3 }));
        assert_eq!((table.get(3), table.get(u32::MAX)), (None, None));
        assert_eq!(table.range(1, 9).len(), 2);
        assert_eq!(table.range(9, 1).len(), 0);
        assert_eq!(table.partition_point(|value| value.text < 4), 2);
        let found = |text: u32| table.find(&text, |value| value.text).is_some();
        assert!(found(1) && found(3) && found(5) && !found(0) && !found(4) && !found(6));
        assert!(Table::<SignatureRecord>::new(&[]).is_empty());
    }
}
