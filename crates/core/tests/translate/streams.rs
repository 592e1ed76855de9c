//! What every stream of a pair keeps to, whatever comes in.
