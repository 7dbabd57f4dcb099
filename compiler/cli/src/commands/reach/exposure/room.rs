//! Who gets less where there is not room for all: those that take the most of it.
//!
//! Must not know what takes it.

/// A list that takes room.
pub(super) trait Listed {
    /// What each of its items takes, in order.
    fn sizes(&self) -> impl Iterator<Item = usize>;

    /// Leaves out all but the first.
    fn keep(&mut self, n: usize);
}

/// Shortens the largest lists until all together are as large as the limit at most.
pub(super) fn shorten(lists: &mut [impl Listed], limit: usize) {
    let sizes: Vec<usize> = lists.iter().map(|list| list.sizes().sum()).collect();
    let most = fair(&sizes, limit);
    for (list, size) in lists.iter_mut().zip(sizes) {
        if size > most {
            list.keep(n_fitting(list.sizes(), most));
        }
    }
}

/// How large each of these can be for all together to be as large as the limit at most.
pub(super) fn fair(sizes: &[usize], limit: usize) -> usize {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut left = limit;
    for (place, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - place);
        if *size > share {
            return share;
        }
        left -= size;
    }
    usize::MAX
}

/// How many of the first of these there is room for.
pub(super) fn n_fitting(sizes: impl Iterator<Item = usize>, room: usize) -> usize {
    let left = sizes.scan(room, |left, size| {
        *left = left.checked_sub(size)?;
        Some(())
    });
    left.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Listed for Vec<usize> {
        fn sizes(&self) -> impl Iterator<Item = usize> {
            self.iter().copied()
        }

        fn keep(&mut self, n: usize) {
            self.truncate(n);
        }
    }

    #[test]
    fn where_there_are_too_many_the_largest_get_fewer() {
        assert_eq!(fair(&[2, 3, 4], 9), usize::MAX);
        assert_eq!(fair(&[100, 2, 90], 62), 30);
        assert_eq!(fair(&[5, 5, 5], 2), 0);
        assert_eq!(fair(&[], 2), usize::MAX);
    }

    #[test]
    fn a_list_that_is_too_long_keeps_its_first_items() {
        let mut lists = [vec![1, 9, 1], vec![4, 4, 4], vec![3]];
        shorten(&mut lists, 26);
        assert_eq!(lists, [vec![1, 9, 1], vec![4, 4, 4], vec![3]]);
        shorten(&mut lists, 20);
        assert_eq!(lists, [vec![1], vec![4, 4], vec![3]]);
        shorten(&mut lists, 1);
        assert!(lists.iter().all(Vec::is_empty));
    }
}
