//! x
use bytes::Bytes;
#[derive(Default)]
pub struct HideUsageChunk;
impl HideUsageChunk { pub fn push(&mut self, c: Bytes, out: &mut Vec<Bytes>) { out.push(c) } pub fn finish(&mut self, _o: &mut Vec<Bytes>) {} }
