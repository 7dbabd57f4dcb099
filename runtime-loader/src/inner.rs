//! The inner maps of a slot, with keys and values as the bytes that the kernel keeps.
//!
//! Must not know what the bytes mean.

use aya::{
    Pod,
    maps::{Array, HashMap, LpmTrie, MapData, MapError, PerCpuHashMap, lpm_trie::Key},
};

pub(crate) type Endpoints = HashMap<MapData, [u8; 4], [u8; 40]>;
pub(crate) type Peers = HashMap<MapData, [u8; 16], [u8; 8]>;
pub(crate) type PrefixesV4 = LpmTrie<MapData, [u8; 4], [u8; 8]>;
pub(crate) type PrefixesV6 = LpmTrie<MapData, [u8; 16], [u8; 8]>;
pub(crate) type Decisions = HashMap<MapData, [u8; 8], [u8; 8]>;
pub(crate) type PortClasses = Array<MapData, [u16; 1 << 16]>;
pub(crate) type Verdicts = HashMap<MapData, [u8; 8], [u8; 64]>;
pub(crate) type RuleCounters = PerCpuHashMap<MapData, [u8; 4], [u8; 16]>;

/// `BPF_F_NO_PREALLOC`, without which the kernel makes no trie.
const NO_PREALLOC: u32 = 1;

/// A map that finds a value by its key.
pub(crate) trait Keyed: Sized {
    type Key;
    type Value: PartialEq;

    fn create(n_entries: u32) -> Result<Self, MapError>;
    fn put(&mut self, key: &Self::Key, value: &Self::Value) -> Result<(), MapError>;
    fn find(&self, key: &Self::Key) -> Result<Self::Value, MapError>;
    fn n_keys(&self) -> usize;
}

impl<K: Pod, V: Pod + PartialEq> Keyed for HashMap<MapData, K, V> {
    type Key = K;
    type Value = V;

    fn create(n_entries: u32) -> Result<Self, MapError> {
        Self::create(n_entries, 0)
    }

    fn put(&mut self, key: &K, value: &V) -> Result<(), MapError> {
        self.insert(key, value, 0)
    }

    fn find(&self, key: &K) -> Result<V, MapError> {
        self.get(key, 0)
    }

    fn n_keys(&self) -> usize {
        self.keys().count()
    }
}

impl<K: Pod, V: Pod + PartialEq> Keyed for LpmTrie<MapData, K, V> {
    type Key = Key<K>;
    type Value = V;

    fn create(n_entries: u32) -> Result<Self, MapError> {
        Self::create(n_entries, NO_PREALLOC)
    }

    fn put(&mut self, key: &Key<K>, value: &V) -> Result<(), MapError> {
        self.insert(key, value, 0)
    }

    /// The longest prefix of the key, which is the key itself if the trie has it.
    fn find(&self, key: &Key<K>) -> Result<V, MapError> {
        self.get(key, 0)
    }

    fn n_keys(&self) -> usize {
        self.keys().count()
    }
}
