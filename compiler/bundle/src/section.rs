//! The sections that this format version knows: number, name, record, and the way in and out.

use std::fmt;

use ztc_abi::WireField;

use crate::{
    bundle::Bundle,
    records::{self, Contents},
    table::Table,
};

macro_rules! sections {
    ($($number:literal $kind:ident $field:ident: $record:ident;)+) => {
        /// A kind of section. They lie in the bundle in this order.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u32)]
        pub enum SectionKind {
            /// What the bundle was built from, and how large its numbers get.
            Meta = 1,
            /// Every text.
            Strings = 2,
            $(#[doc = concat!("One [`records::", stringify!($record), "`] each.")]
            $kind = $number,)+
        }

        impl SectionKind {
            /// Every kind, in ascending order of its number.
            pub const ALL: &'static [Self] = &[Self::Meta, Self::Strings, $(Self::$kind,)+];

            /// The kind with this number.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    1 => Some(Self::Meta),
                    2 => Some(Self::Strings),
                    $($number => Some(Self::$kind),)+
                    _ => None,
                }
            }

            /// Snake case, as in the documentation and in `ztc inspect`.
            pub const fn name(self) -> &'static str {
                match self {
                    Self::Meta => "meta",
                    Self::Strings => "strings",
                    $(Self::$kind => stringify!($field),)+
                }
            }

            /// Bytes of one record; 0 for strings, which vary.
            pub const fn record_size(self) -> usize {
                match self {
                    Self::Meta => records::MetaRecord::SIZE,
                    Self::Strings => 0,
                    $(Self::$kind => records::$record::SIZE,)+
                }
            }
        }

        impl<'a> Bundle<'a> {
            $(#[doc = concat!("Section `", stringify!($field), "`.")]
            pub fn $field(&self) -> Table<'a, records::$record> {
                Table::new(self.section_bytes(SectionKind::$kind))
            })+

            /// Everything in it, owned.
            pub fn to_contents(&self) -> Contents {
                Contents {
                    meta: self.meta(),
                    strings: self.strings().map(String::from).collect(),
                    $($field: self.$field().iter().collect(),)+
                }
            }
        }

        impl Contents {
            /// How many records a section has.
            pub fn n_records(&self, kind: SectionKind) -> usize {
                match kind {
                    SectionKind::Meta => 1,
                    SectionKind::Strings => self.strings.len(),
                    $(SectionKind::$kind => self.$field.len(),)+
                }
            }

            /// Appends the bytes of a section; `None` when the format cannot hold it.
            pub(crate) fn write_section(&self, kind: SectionKind, to: &mut Vec<u8>) -> Option<()> {
                match kind {
                    SectionKind::Meta => write_records(&[self.meta], to),
                    SectionKind::Strings => crate::strings::write(&self.strings, to),
                    $(SectionKind::$kind => write_records(&self.$field, to),)+
                }
            }
        }
    };
}

sections! {
    3 Selectors selectors: SelectorRecord;
    4 Requirements requirements: RequirementRecord;
    5 Values values: ValueRecord;
    6 NamedPorts named_ports: NamedPortRecord;
    7 Classes classes: ClassRecord;
    8 Signatures signatures: SignatureRecord;
    9 ClassPorts class_ports: ClassPortRecord;
    10 Endpoints endpoints: EndpointRecord;
    11 Addresses addresses: AddressRecord;
    12 Prefixes prefixes: PrefixRecord;
    13 Reserved reserved: ReservedRecord;
    14 Decisions decisions: DecisionRecord;
    15 Ports ports: PortRecord;
    16 Verdicts verdicts: VerdictRecord;
    17 Rules rules: RuleRecord;
    18 Policies policies: PolicyRecord;
    19 Isolations isolations: IsolationRecord;
    20 Probes probes: ProbeRecord;
    21 Networks networks: NetworkRecord;
    22 ClassNetworks class_networks: ClassNetworkRecord;
    23 NodeClasses node_classes: NodeClassRecord;
    24 Degradations degradations: DegradationRecord;
    25 Workloads workloads: WorkloadRecord;
    26 Meanings meanings: MeaningRecord;
}

impl SectionKind {
    /// How many kinds there are.
    pub(crate) const N: usize = Self::ALL.len();

    /// The minor version from which on every bundle has it.
    pub const fn since(self) -> u16 {
        match self {
            Self::Workloads | Self::Meanings => 1,
            _ => 0,
        }
    }

    /// Whether a reader that does not know it must refuse the bundle.
    pub const fn is_required(self) -> bool {
        !matches!(self, Self::Workloads | Self::Meanings)
    }

    /// Its place in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize - 1
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn write_records<R: WireField>(records: &[R], to: &mut Vec<u8>) -> Option<()> {
    let start = to.len();
    to.resize(start + records.len() * R::SIZE, 0);
    let bytes = to.get_mut(start..)?;
    for (record, bytes) in records.iter().zip(bytes.chunks_exact_mut(R::SIZE)) {
        record.write(bytes)?;
    }
    Some(())
}
