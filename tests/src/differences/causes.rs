//! What a change is put down to, one small repository for each kind of cause.
