//! Which requests a listener answers, where administration has one of its own.

use crate::route::Route;

/// What a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    #[default]
    Everybody,
    /// Machines and their calls.
    Callers,
    /// Operators. Whatever is not a machine's business is theirs.
    Operators,
}

impl Door {
    pub(crate) fn admits(self, route: &Route) -> bool {
        match (self, route) {
            (Self::Everybody, _) | (_, Route::Health | Route::Ready) => true,
            (_, Route::Call(_) | Route::Models(_) | Route::Hello | Route::Telemetry) => self == Self::Callers,
            _ => self == Self::Operators,
        }
    }
}
