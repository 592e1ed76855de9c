//! What a model costs, from a table with its date and source.

use crate::money::Nano;
use crate::time::UnixMs;
use crate::usage::Reading;

/// All known prices.
pub struct PriceTable {}

/// One model's price.
pub struct Price {}

impl PriceTable {
    /// The table that ships with the proxy.
    pub fn builtin() -> Self {
        Self {}
    }
    pub fn find(&self, _provider: &str, _model: &str) -> Option<&Price> {
        None
    }
}

impl Price {
    /// What the read usage costs at that time, rounded half up once.
    pub fn cost(&self, _reading: &Reading, _when: UnixMs) -> Nano {
        Nano::ZERO
    }
    /// The most a call may cost: `input_tokens` at the dearest input rate it can meet (cache writes only where
    /// `caching` is asked for), `output_tokens` at the dearest output rate.
    pub fn worst(&self, _input_tokens: u64, _output_tokens: u64, _caching: bool, _when: UnixMs) -> Nano {
        Nano::ZERO
    }
    /// The most output tokens the model can make, where known.
    pub fn max_output(&self) -> Option<u64> {
        None
    }
}
