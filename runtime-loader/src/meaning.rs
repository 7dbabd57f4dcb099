//! What the numbers of a generation mean: its bundle, and the names of its endpoints.
//!
//! A rule, class or peer number has meaning in one bundle only, so whoever reads an event asks for
//! the meaning of the event's generation. Must not know how events are written.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_abi::{Address, Peer};
use ztc_bundle::{Bundle, BundleFile, Digest, PrefixRecord};

use crate::store::{Placement, Record, Store, StoreError};

/// The meaning of one generation's numbers.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What the generation is.
    pub record: Record,
    /// The endpoints it was filled for.
    pub placement: Placement,
    bundle: BundleFile,
    names: BTreeMap<Address, String>,
}

impl Meaning {
    /// Reads what a record says.
    pub fn read(store: &Store, record: &Record) -> Result<Self, StoreError> {
        let bundle = read_bundle(store, &record.bundle)?;
        let placement = store.placement(&record.placement)?;
        let endpoints = placement.file.endpoints.iter();
        let names = endpoints.flat_map(|endpoint| {
            let addresses = endpoint.addresses.iter();
            addresses.map(|address| (address.wire(), endpoint.full_name()))
        });
        Ok(Self {
            record: record.clone(),
            names: names.collect(),
            placement,
            bundle,
        })
    }

    /// The bundle.
    pub fn bundle(&self) -> Bundle<'_> {
        self.bundle.view()
    }

    /// The pod or node that has an address.
    pub fn name_of(&self, address: Address) -> Option<String> {
        if let Some(name) = self.names.get(&address) {
            return Some(name.clone());
        }
        let bundle = self.bundle();
        let found = bundle
            .addresses()
            .find(&address.bytes, |record| record.address)?;
        Some(bundle.string(found.name).to_owned())
    }

    /// A peer in words: a reserved name, a member of its class, a prefix or a node that it stands
    /// for.
    pub fn peer_name(&self, peer: Peer) -> Option<String> {
        if let Some(name) = peer.reserved_name() {
            return Some(name.into());
        }
        let bundle = self.bundle();
        if peer.is_address_class() {
            let mut prefixes = bundle.prefixes().iter();
            return Some(cidr(&prefixes.find(|prefix| prefix.peer == peer.0)?));
        }
        if peer.is_node_class() {
            let mut nodes = bundle.node_classes().iter();
            let found = nodes.find(|node| node.peer == peer.0 || node.own_peer == peer.0);
            return Some(bundle.string(found?.example).to_owned());
        }
        let class = bundle.classes().find(&peer.0, |record| record.class)?;
        Some(bundle.string(class.example).to_owned())
    }
}

fn cidr(prefix: &PrefixRecord) -> String {
    let [a, b, c, d, ..] = prefix.address;
    let address = match prefix.family {
        4 => IpAddr::from([a, b, c, d]),
        _ => IpAddr::from(prefix.address),
    };
    format!("{address}/{}", prefix.length)
}

/// The copy of a bundle, which must still be what its name says.
pub fn read_bundle(store: &Store, digest: &Digest) -> Result<BundleFile, StoreError> {
    let path = store.bundle_path(digest);
    let unreadable = |problem: String| StoreError::Unreadable {
        path: path.clone(),
        problem,
    };
    let bytes = store.bundle(digest)?;
    let bundle = BundleFile::parse(bytes).map_err(|error| unreadable(error.to_string()))?;
    let found = bundle.view().digest();
    if found == *digest {
        Ok(bundle)
    } else {
        Err(StoreError::Damaged { path, found })
    }
}

/// The meanings of generations, read when they are first asked for.
#[derive(Debug)]
pub struct Meanings {
    store: Store,
    datapath: String,
    known: BTreeMap<u64, Meaning>,
}

impl Meanings {
    /// The meanings that a store has for a datapath.
    pub const fn new(store: Store, datapath: String) -> Self {
        Self {
            store,
            datapath,
            known: BTreeMap::new(),
        }
    }

    /// The meaning of a generation that was live at some time; `None` when it is forgotten.
    ///
    /// The state is read anew for every generation not asked for before: another process may have
    /// activated it, and wrote the record before it did.
    pub fn of(&mut self, generation: u64) -> Result<Option<&Meaning>, StoreError> {
        if !self.known.contains_key(&generation) {
            let mut state = self.store.read()?;
            state.reconcile(&self.datapath, generation);
            let Some(record) = state.record(generation) else {
                return Ok(None);
            };
            match Meaning::read(&self.store, record) {
                Ok(meaning) => self.known.insert(generation, meaning),
                // Forgotten by another process since the state was read.
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            };
        }
        Ok(self.known.get(&generation))
    }
}
