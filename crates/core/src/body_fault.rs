//! A request whose body did not come.

use crate::problem::Problem;

/// Why the body of a request is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    TooLarge,
    /// The client broke off or framed it badly.
    Broken,
    /// The client took too long to send it.
    Slow,
}

impl BodyFault {
    /// `limit` is the one that was passed, in bytes.
    pub(crate) fn problem(self, limit: usize) -> Problem {
        match self {
            Self::TooLarge => Problem::BodyTooLarge { limit },
            Self::Broken => Problem::BodyInvalid("the body did not arrive whole".into()),
            Self::Slow => Problem::BodySlow,
        }
    }
}
