//! Structs that cross the boundary: proved to have no padding, read and written without `unsafe`.
//!
//! Must not know what any struct means.

/// An integer or byte array that may be a field of a wire struct: every bit pattern is a value.
pub trait WireField: Copy {
    /// Bytes on the wire, which is also the size in memory.
    const SIZE: usize;
    /// Reads the field from the first [`Self::SIZE`] bytes; `None` when there are fewer.
    fn read(bytes: &[u8]) -> Option<Self>;
    /// Writes the field into the first [`Self::SIZE`] bytes; `None` when there are fewer.
    fn write(self, bytes: &mut [u8]) -> Option<()>;
}

macro_rules! integer_fields {
    ($($ty:ty),+) => {$(
        impl WireField for $ty {
            const SIZE: usize = size_of::<$ty>();
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                Some(<$ty>::from_le_bytes(*bytes.first_chunk()?))
            }
            #[inline]
            fn write(self, bytes: &mut [u8]) -> Option<()> {
                *bytes.first_chunk_mut()? = self.to_le_bytes();
                Some(())
            }
        }
    )+};
}
integer_fields!(u8, u16, u32, u64);

impl<const N: usize> WireField for [u8; N] {
    const SIZE: usize = N;
    #[inline]
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied()
    }
    #[inline]
    fn write(self, bytes: &mut [u8]) -> Option<()> {
        *bytes.first_chunk_mut()? = self;
        Some(())
    }
}

/// A struct declared with [`wire!`](crate::wire): a sequence of [`WireField`]s without padding.
pub trait Wire: WireField {}

/// Declares a `repr(C)` struct and proves at compile time that it has no padding.
///
/// The kernel hashes and compares keys byte by byte. A padding byte is a byte nobody sets: a key
/// that never matches, or kernel stack handed to user space. Fields are restricted to
/// [`WireField`](crate::WireField)s, so `bool`, `Option` and enums cannot get in.
#[macro_export]
macro_rules! wire {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* pub $field:ident: $ty:ty,)+
    }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $name { $($(#[$doc])* pub $field: $ty,)+ }

        const _: () = assert!(
            size_of::<$name>() == 0 $(+ <$ty as $crate::WireField>::SIZE)+,
            concat!(stringify!($name), " has padding: reorder its fields or name the gap"),
        );

        impl $crate::WireField for $name {
            const SIZE: usize = size_of::<$name>();
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                $(
                    let $field = <$ty as $crate::WireField>::read(bytes)?;
                    let bytes = bytes.get(<$ty as $crate::WireField>::SIZE..)?;
                )+
                let _ = bytes;
                Some(Self { $($field),+ })
            }
            #[inline]
            fn write(self, bytes: &mut [u8]) -> Option<()> {
                $(
                    self.$field.write(bytes)?;
                    let bytes = bytes.get_mut(<$ty as $crate::WireField>::SIZE..)?;
                )+
                let _ = bytes;
                Some(())
            }
        }

        impl $crate::Wire for $name {}
    };
}
